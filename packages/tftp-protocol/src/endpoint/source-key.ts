/**
 * Returns the key of the source that an address belongs to. The holder of one IPv6 address holds its whole
 * /64 (RFC 7084 §4.3), which therefore counts as one source, except for link-local addresses: all hosts of a
 * link share one /64.
 */
export function sourceKey(address: string): string {
  if (!address.includes(':') || isLinkLocal(address)) {
    return address;
  }
  const [head = '', tail] = address.toLowerCase().split('::');
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const after = tail === '' ? 0 : tail.split(':').length;
    // A `::` that extends into the first four groups means zeros there.
    const zeros = Math.max(0, 8 - groups.length - after);
    groups.push(...Array.from({ length: zeros }, () => '0'), ...tail.split(':'));
  }
  return `${groups.slice(0, 4).join(':')}::/64`;
}

function isLinkLocal(address: string): boolean {
  return /^fe[89ab]/i.test(address);
}
