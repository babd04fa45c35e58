/** Names that programs use, as words. */

/** `practiceMinutes` and `practice_minutes` are "practice minutes". */
export function readableName(name: string): string {
  return name.replaceAll(/[_-]+/g, " ").replaceAll(/(\p{Ll})(\p{Lu})/gu, "$1 $2").trim().toLowerCase() ||
    name;
}
