-- What pandoc does not know: findings, notes, marks, alt texts. One filter for both outputs.

local is_typst = FORMAT == "typst"

local function quoted(text)
  return '"' .. text:gsub("\\", "\\\\"):gsub('"', '\\"'):gsub("\n", " ") .. '"'
end

local function escaped(text)
  return (text:gsub("&", "&amp;"):gsub('"', "&quot;"):gsub("<", "&lt;"):gsub(">", "&gt;"))
end

local function raw(text)
  return pandoc.RawBlock(is_typst and "typst" or "html", text)
end

local function append(list, more)
  for _, block in ipairs(more) do
    list:insert(block)
  end
end

-- A figure or table with its finding above and its caption below, kept together on one page unless it is long.
local function exhibit(div)
  local parts = { finding = pandoc.Blocks({}), caption = pandoc.Blocks({}), body = pandoc.Blocks({}) }
  for _, block in ipairs(div.content) do
    local class = block.t == "Div" and block.classes[1] or nil
    if class == "finding" or class == "caption" then
      append(parts[class], block.content)
    else
      parts.body:insert(block)
    end
  end
  local kind = div.attributes.kind
  local out = pandoc.Blocks({})
  if is_typst then
    local room = div.attributes.room
    local head = "#exhibit(kind: %s, name: %s, is-roomy: %s, is-long: %s, finding: ["
    out:insert(raw(head:format(kind, quoted(div.attributes.name), tostring(room == "roomy"), tostring(room == "long"))))
    append(out, parts.finding)
    out:insert(raw("], caption: ["))
    append(out, parts.caption)
    out:insert(raw("])["))
    append(out, parts.body)
    out:insert(raw("]"))
  else
    out:insert(raw(('<figure class="exhibit %s %s" id="%s">'):format(kind, div.attributes.room or "", div.identifier)))
    if #parts.finding > 0 then
      out:insert(pandoc.Div(parts.finding, { class = "finding" }))
    end
    out:insert(raw('<div class="scroll">'))
    append(out, parts.body)
    out:insert(raw("</div><figcaption><b>" .. escaped(div.attributes.name) .. "</b>"))
    append(out, parts.caption)
    out:insert(raw("</figcaption></figure>"))
  end
  return out
end

function Div(div)
  if div.classes:includes("exhibit") then
    return exhibit(div)
  end
  if div.classes:includes("lead") then -- it stays with the exhibit that it leads to
    if not is_typst then
      return div.content
    end
    local out = pandoc.Blocks({ raw("#block(sticky: true)[") })
    append(out, div.content)
    out:insert(raw("]"))
    return out
  end
  if div.classes:includes("new-page") then
    return is_typst and raw("#pagebreak(weak: true)") or {}
  end
  if is_typst and div.classes:includes("note") then
    local out = pandoc.Blocks({ raw("#note[") })
    append(out, div.content)
    out:insert(raw("]"))
    return out
  end
end

-- Marks that carry a meaning: verdict levels, hashes, quiet intervals.
function Span(span)
  local class = span.classes[1]
  if not is_typst or class == nil then
    return nil
  end
  local out = pandoc.Inlines({ pandoc.RawInline("typst", ("#mark-%s["):format(class)) })
  for _, inline in ipairs(span.content) do
    out:insert(inline)
  end
  out:insert(pandoc.RawInline("typst", "]"))
  return out
end

function Image(image)
  local alt = image.attributes.alt
  if is_typst then
    return pandoc.RawInline("typst", ("#image(%s, width: 100%%, alt: %s)"):format(quoted(image.src), quoted(alt)))
  end
  return pandoc.RawInline(
    "html",
    ('<picture><source media="(max-width: 640px)" srcset="%s"><img src="%s" alt="%s"></picture>'):format(
      image.attributes.narrow, image.src, escaped(alt)
    )
  )
end
