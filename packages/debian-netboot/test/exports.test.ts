import { describe, expect, it } from 'vitest';

import * as debianNetboot from '../src/index.js';

describe('exports', () => {
  it('exports exactly the public names', () => {
    expect(Object.keys(debianNetboot).sort()).toMatchInlineSnapshot(`
    [
      "ARCHES",
      "BIOS_LOADER_NAMES",
      "DEBIAN_ARCHIVE_KEYRING",
      "FIRMWARE_KINDS",
      "NETWORK_FIRMWARE",
      "NetbootError",
      "SUITES",
      "VARIANTS",
      "aptSource",
      "archFacts",
      "catalog",
      "directorySource",
      "exportBundle",
      "fallbackSource",
      "importBundle",
      "installerEntries",
      "isArch",
      "isSuite",
      "isVariant",
      "joinKeyrings",
      "manifestFiles",
      "mirrorSource",
      "networkFirmware",
      "openStore",
      "parseArch",
      "parseFirmware",
      "parseImageSelection",
      "parseKeyring",
      "parseSuite",
      "parseVariant",
      "readBundleIndex",
      "suiteArches",
      "suiteFacts",
      "suiteVariants",
      "syncImages",
      "verifyStore",
    ]
  `);
  });
});
