import { describe, expect, it } from 'vitest';

import { OptionCode } from '@pxe/dhcp-protocol';

import { madeUpOffer, type OfferFields } from '../../test/support/doctor/made-up-offers.js';
import { type ClientKind } from './client-kind.js';
import { type OffersReading, readOffers } from './read-offers.js';

const PXE = [OptionCode.vendorClass, 'PXEClient'] as const;

function read(kind: ClientKind, offers: readonly OfferFields[], expected?: string): OffersReading {
  const result = {
    offers: offers.map(madeUpOffer),
    referral: undefined,
    acknowledgement: undefined,
  };
  return readOffers(kind, result, expected);
}

const rulesOf = ({ findings }: OffersReading): readonly string[] =>
  findings.map(({ rule }) => rule);

describe('readOffers', () => {
  it('uses the file of ProxyDHCP if the DHCP server names none', () => {
    const reading = read('bios', [{}, { from: '192.0.2.2', file: 'x.0', isProxy: true }]);
    expect(rulesOf(reading)).toEqual([]);
    expect(reading.target).toMatchObject({ server: '192.0.2.9', file: 'x.0' });
  });

  it.each([
    ['another server, which names its file on port 4011', '192.0.2.3', ['two-proxies']],
    ['the same server, which names another file on port 4011', '192.0.2.2', []],
  ])('compares the file of ProxyDHCP with that of %s', (_title, from, rules) => {
    const proxy = { from: '192.0.2.2', file: 'x.0', isProxy: true };
    const result = {
      offers: [{}, proxy].map(madeUpOffer),
      referral: undefined,
      acknowledgement: madeUpOffer({ from, file: 'y.0', isProxy: true }),
    };
    const reading = readOffers('bios', result, undefined);
    expect(rulesOf(reading)).toEqual(rules);
    expect(reading.target).toEqual(
      rules.length > 0 ? undefined : expect.objectContaining({ file: 'y.0' }),
    );
  });

  it('reads the settings of PXELINUX', () => {
    const options = [
      [209, 'menu.cfg'],
      [210, '/boot/'],
    ] as const;
    expect(read('bios', [{ file: 'x.0', options }]).target).toMatchObject({
      configFile: 'menu.cfg',
      pathPrefix: '/boot/',
    });
  });

  it.each<[string, ClientKind, readonly OfferFields[], string]>([
    [
      'a URL in option 66',
      'bios',
      [{ file: 'x.0', options: [[66, 'tftp://192.0.2.9']] }],
      'url-in-option-66',
    ],
    [
      'loopback as the server',
      'bios',
      [{ file: 'x.0', nextServer: '127.0.0.1' }],
      'loopback-server',
    ],
    ['no TFTP server', 'bios', [{ file: 'x.0', nextServer: '0.0.0.0' }], 'no-next-server'],
    [
      'ProxyDHCP with a URL for iPXE, but no TFTP server',
      'ipxe',
      [{}, { file: 'http://192.0.2.9/x', nextServer: '0.0.0.0', isProxy: true }],
      'no-next-server',
    ],
    [
      'two TFTP servers',
      'bios',
      [{ file: 'x.0', options: [[66, '192.0.2.7']] }],
      'two-tftp-servers',
    ],
    ['a path for HTTP Boot', 'http', [{ file: 'x.efi' }], 'no-url-for-http-boot'],
    [
      'a quoted server',
      'bios',
      [{ file: 'x.0', options: [[66, '"192.0.2.9"']] }],
      'quoted-file-name',
    ],
    ['a file name with byte 255', 'bios', [{ file: 'x.0\xff' }], 'padded-file-name'],
    [
      'two ProxyDHCP services',
      'bios',
      [
        {},
        { from: '192.0.2.2', file: 'x.0', isProxy: true },
        { from: '192.0.2.3', file: 'y.0', isProxy: true },
      ],
      'two-proxies',
    ],
  ])('finds %s', (_title, kind, offers, rule) => {
    expect(rulesOf(read(kind, offers))).toEqual([rule]);
  });

  it('ignores answers that give no address and lack the vendor class of HTTP Boot', () => {
    const offer = { file: 'http://192.0.2.9/x.efi', isProxy: true, options: [PXE] };
    expect(rulesOf(read('http', [{}, offer]))).toEqual(['no-boot-file']);
  });

  it('accepts a URL for iPXE, and a marked one for HTTP Boot', () => {
    const file = 'http://192.0.2.9/x';
    expect(read('ipxe', [{ file }]).target).toEqual({ transport: 'http', url: file });
    const options = [[OptionCode.vendorClass, 'HTTPClient']] as const;
    expect(read('http', [{ file, options }]).target).toEqual({ transport: 'http', url: file });
  });

  it('compares the server with the expected one', () => {
    expect(rulesOf(read('bios', [{ file: 'x.0' }], '192.0.2.9'))).toEqual([]);
    expect(rulesOf(read('bios', [{ file: 'x.0' }], '192.0.2.8'))).toEqual(['other-server']);
  });
});
