/** MAC address with dashes as in Windows, with dots as in Cisco IOS, or without separators. */
const OTHER_MAC = /^(?:[\da-f]{2}(?:-[\da-f]{2}){2,5}|(?:[\da-f]{4}\.){2}[\da-f]{4}|[\da-f]{12})$/;

/** Returns the words of a search in lower case, with MAC addresses as they are shown. */
export function searchWords(text: string): readonly string[] {
  return text.toLowerCase().split(/\s+/).filter(Boolean).map(asShown);
}

function asShown(word: string): string {
  return OTHER_MAC.test(word) ? word.replaceAll(/[-.]/g, '').replaceAll(/..(?!$)/g, '$&:') : word;
}
