/** Returns true if the value of a question is a password, as its name says. */
export function isSecret(question: string): boolean {
  return /passw|passphrase|wireless_w/.test(question);
}
