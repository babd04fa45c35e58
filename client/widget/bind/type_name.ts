/**
 * A name as an entity type: `My notes` is `my_notes`. A type is made of a few ASCII characters only; where letters or
 * digits of the name are none of them a hash of it takes their place, so that two names do not share their records.
 */
export function typeName(name: string): string {
  const plain = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "_").replace(/^[^a-z]+/, "").slice(0, 48);
  const written = (text: string) => text.toLowerCase().replaceAll(/[^\p{L}\p{M}\p{N}]/gu, "");
  if (plain && written(plain) === written(name)) return plain;
  return `${plain || "record"}_${hashOf(name)}`;
}

/** FNV-1a, 32 bits. */
function hashOf(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(36);
}
