/**
 * Name of the source that an address belongs to. Whoever has one IPv6 address has its whole /64
 * (RFC 7084 §4.3), so all of it counts as one source, except for link-local addresses: every host of
 * a link has one of the same /64.
 */
export function sourceKey(address: string): string {
  if (!address.includes(':') || isLinkLocal(address)) {
    return address;
  }
  const [head = '', tail] = address.toLowerCase().split('::');
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const after = tail === '' ? 0 : tail.split(':').length;
    // A `::` that reaches into the first four groups stands for zeros there.
    const zeros = Math.max(0, 8 - groups.length - after);
    groups.push(...Array.from({ length: zeros }, () => '0'), ...tail.split(':'));
  }
  return `${groups.slice(0, 4).join(':')}::/64`;
}

function isLinkLocal(address: string): boolean {
  return /^fe[89ab]/i.test(address);
}
