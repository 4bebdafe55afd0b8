/** Returns true if the name of a question says that its value is a password. */
export function isSecret(question: string): boolean {
  return /passw|passphrase|wireless_w/.test(question);
}
