"""The law in the memo: every rule in both languages with the same numbers, every source with its kind."""

import re

from pydantic import BaseModel

from credit.files import DATA
from credit.products import load_product
from credit.wrapper_rules import WRAPPERS, LicenceRule, Rule, conduct, wrapper_rules
from reports.catalogue import catalogue, languages
from reports.edition import Edition
from reports.product_memo.law import KINDS, source_kind
from reports.product_memo.offer import offer_of
from reports.product_memo.term_sheet import in_words


def test_every_rule_of_law_is_told_in_chinese_and_every_source_has_a_kind():
    def rules(node):
        if isinstance(node, Rule):
            yield node
        elif isinstance(node, BaseModel):
            yield from (rule for name in type(node).model_fields for rule in rules(getattr(node, name)))
        elif isinstance(node, dict | list):
            yield from (rule for part in (node.values() if isinstance(node, dict) else node) for rule in rules(part))

    found = [rule for node in (*map(wrapper_rules, WRAPPERS), conduct()) for rule in rules(node)]
    assert len(found) > 80
    for rule in found:
        chinese = sum("\u4e00" <= sign <= "\u9fff" for sign in rule.rule_zh)
        assert chinese > 0.35 * len(rule.rule_zh), rule.rule_zh
        digits = [sorted(set(re.findall(r"\d+", text))) for text in (rule.rule, rule.rule_zh)]
        assert digits[0] == digits[1], f"the numbers of {rule.rule} and {rule.rule_zh} differ"
    kinds = {source_kind(rule.source) for rule in found}
    assert {"court", "statute", "supervisor", "standard"} <= kinds <= {*KINDS, "reading"}
    for language in languages():
        texts = catalogue(language, "product_memo")
        assert all(texts.knows(f"law.kinds.{kind}") for kind in {*KINDS, "reading"})
        licences = {rule.licence for rule in found if isinstance(rule, LicenceRule) and rule.licence}
        assert all(texts.knows(f"law.licences.{re.sub('[ -]', '_', one)}") for one in licences)


def test_a_need_is_told_in_chinese_only_while_its_english_words_are_those_that_were_translated():
    edition = Edition.of("zh", "product_memo")
    for path in sorted((DATA / "products").glob("*.yaml")):
        product = load_product(path)
        offer = offer_of(product, "", "", 0.03)
        assert edition.say(f"term_sheet.needs.{product.name}") in in_words(edition, product, offer)
        other = product.changed({"need": "Something else that nobody has translated yet."})
        assert "nobody has translated" in in_words(edition, other, offer)
