/** Where an error was thrown, in file positions only: its message may hold a value, and messages lead the stack. */
export function framesOf(error: Error): string[] {
  const stack = error.stack ?? "";
  const head = `${error.name}: ${error.message}`;
  if (!stack.startsWith(head)) return [];
  return stack.slice(head.length).split("\n").map((line) => line.trim()).filter((line) => line !== "").slice(
    0,
    10,
  );
}
