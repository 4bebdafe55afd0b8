import { describe, expect, it } from 'vitest';

import * as debianNetboot from '../src/index.js';

describe('exports', () => {
  it('exports exactly the public names', () => {
    expect(Object.keys(debianNetboot).sort()).toMatchInlineSnapshot(`
      [
        "ARCHES",
        "BIOS_LOADER_NAMES",
        "BOOT_FORMATS",
        "DEBIAN_ARCHIVE_KEYRING",
        "ENTRY_PACKAGES",
        "FIRMWARE_KINDS",
        "MAX_ENTRIES",
        "MAX_ENTRY_FILE_BYTES",
        "MAX_ENTRY_INITRDS",
        "NETWORK_FIRMWARE",
        "NetbootError",
        "SUITES",
        "VARIANTS",
        "aptSource",
        "archFacts",
        "bootFacts",
        "catalog",
        "checkEntries",
        "directorySource",
        "entryFiles",
        "exportBundle",
        "fallbackSource",
        "importBundle",
        "installerEntries",
        "isArch",
        "isEntryId",
        "isSelected",
        "isSuite",
        "isVariant",
        "joinKeyrings",
        "manifestFiles",
        "mirrorSource",
        "networkFirmware",
        "openMirrorFiles",
        "openStore",
        "parseArch",
        "parseFirmware",
        "parseImageSelection",
        "parseKeyring",
        "parseSuite",
        "parseVariant",
        "readBundleIndex",
        "sourceFault",
        "suiteArches",
        "suiteFacts",
        "suiteVariants",
        "syncImages",
        "verifyStore",
      ]
    `);
  });
});
