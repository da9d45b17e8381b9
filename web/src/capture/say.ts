/** A word to whoever runs the site. */
export function say(text: string): void {
  // oxlint-disable-next-line no-console
  console.warn(`lodestar: ${text}`);
}
