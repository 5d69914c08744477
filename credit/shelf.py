"""Which products there are: names and forms as the product files say them, and nowhere else.

Mandates, policies and firm files speak of products by name. A name that no file bears fits nothing, silently: a funder
would wait for assets that cannot come. So every such file is held against the shelf when it is read. The shelf is the
laboratory's own folder of products and, for files of a team that lie elsewhere, the folder `products` beside theirs.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

from credit.errors import BadInput, Problem
from credit.files import DATA, read_yaml

PRODUCTS = DATA / "products"


def shelf_of(folders: Sequence[Path] = (PRODUCTS,)) -> dict[str, tuple[str, ...]]:
    """The forms of each product on the shelf, by the product's name.

    Only names are read: a product that is unsound elsewhere is still a product, and its own check says what is wrong.

    Args:
        folders: where the product files (`*.yaml`) lie; a folder that does not exist holds none.

    Raises:
        BadInput: a file is not plain YAML, or bears no name.
    """
    paths = [path for folder in folders if folder.is_dir() for path in sorted(folder.glob("*.yaml"))]
    return dict(_named(path, path.stat().st_mtime_ns) for path in paths)


def shelf_beside(path: Path) -> dict[str, tuple[str, ...]]:
    """The shelf that a file speaks of: the laboratory's, and the folder `products` beside the file's own folder."""
    return shelf_of((PRODUCTS, path.resolve().parent.parent / "products"))


def unknown_products(
    named: Iterable[tuple[str, str]], shelf: Mapping[str, tuple[str, ...]], path: Path
) -> list[Problem]:
    """One problem for every name that the shelf does not hold.

    Args:
        named: field and name, a product or `product.form`.
        shelf: the forms of each product.
        path: the file that names them.
    """
    own = path.resolve().parent.parent / "products"
    remedy = f"spell it as the product's file does, or put the new product's file into data/products or {own}"
    return [
        Problem(f"must be a product on the shelf: {', '.join(sorted(shelf))}", str(path), field, name, remedy=remedy)
        if product not in shelf
        else Problem(f"must be a form of {product}: {', '.join(shelf[product])}", str(path), field, form, remedy=remedy)
        for field, name in named
        for product, _, form in [name.partition(".")]
        if product not in shelf or (form and form not in shelf[product])
    ]


@cache
def _named(path: Path, changed_ns: int) -> tuple[str, tuple[str, ...]]:
    """Name and forms of a file; read anew when the file has changed."""
    del changed_ns
    content = read_yaml(path)
    name, forms = content.get("name"), content.get("forms")
    if not isinstance(name, str):
        raise BadInput(Problem("a product must bear a name", file=str(path), field="name", value=name))
    return name, tuple(map(str, forms)) if isinstance(forms, dict) else ()
