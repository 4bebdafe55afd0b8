import { failure, type Result, success } from '../errors.js';
import { type Arch, ARCHES, parseArch } from './arch.js';
import { joinAlternatives } from './suggestion.js';
import { parseSuite, type Suite, suiteFacts, SUITES } from './suite.js';
import { parseVariant, type Variant, VARIANTS } from './variant.js';

/** Selection of installer images: one suite and architecture, in one or more variants. */
export interface ImageSelection {
  readonly suite: Suite;
  readonly arch: Arch;
  /** Variants: at least one, without duplicates. */
  readonly variants: readonly Variant[];
  /**
   * Pins one installer build, such as `20250803+deb13u6`. Debian removes a build two point releases
   * later; the store then keeps its images unchanged.
   *
   * @default the current build
   */
  readonly build?: string;
  /**
   * Accepts the build only if its SHA256SUMS has this SHA-256.
   *
   * @default any build that the archive has signed
   */
  readonly checksumListSha256?: string;
  /**
   * Trust required of the images:
   *
   * - `signed`: the archive's signature
   * - `tls`: unsigned daily installer builds of testing or unstable, trusted only because of the
   *   HTTPS server's certificate
   *
   * @default 'signed'
   */
  readonly trust?: ImageTrust;
  /**
   * Names of the firmware packages to load with the images; see {@link parseFirmware}. Each adds its size to
   * the download of every boot, and to the memory that the machine needs.
   *
   * @default none
   */
  readonly firmware?: readonly string[];
}

/** Trust required of images; see {@link ImageSelection.trust}. */
export type ImageTrust = 'signed' | 'tls';

/** One installer image; an {@link ImageSelection} stands for one per variant. */
export interface ImageTarget {
  readonly suite: Suite;
  readonly arch: Arch;
  readonly variant: Variant;
}

/** Returns the architectures that a suite has an installer for. */
export function suiteArches(suite: Suite): readonly Arch[] {
  return suiteFacts(suite).arches;
}

/** Returns the variants for a suite and architecture; none if the suite lacks the architecture. */
export function suiteVariants(suite: Suite, arch: Arch): readonly Variant[] {
  return suiteArches(suite).includes(arch) ? VARIANTS : [];
}

/** Returns all existing images, in the order of {@link SUITES}. */
export function catalog(): readonly ImageTarget[] {
  return SUITES.flatMap((suite) =>
    ARCHES.flatMap((arch) =>
      suiteVariants(suite, arch).map((variant) => ({ suite, arch, variant })),
    ),
  );
}

/**
 * Parses a selection from a configuration file. All names must be known, and Debian must build the images.
 *
 * @param input - names as text; `variants` defaults to all variants
 */
export function parseImageSelection(input: {
  readonly suite: string;
  readonly arch: string;
  readonly variants?: readonly string[] | undefined;
  readonly trust?: ImageTrust | undefined;
}): Result<ImageSelection> {
  const suite = parseSuite(input.suite);
  if (!suite.ok) {
    return suite;
  }
  const arch = parseArch(input.arch);
  if (!arch.ok) {
    return arch;
  }
  const variants = new Set<Variant>();
  for (const text of input.variants ?? VARIANTS) {
    const variant = parseVariant(text);
    if (!variant.ok) {
      return variant;
    }
    variants.add(variant.value);
  }
  if (variants.size === 0) {
    return failure('ERR_NETBOOT_INVALID_SELECTION', 'the selection has no variants', {
      hint: `name ${joinAlternatives(VARIANTS)}, or leave the variants out for all of them`,
    });
  }
  const isDaily = input.trust === 'tls';
  if (isDaily && suiteFacts(suite.value).kind !== 'rolling') {
    return noDailyBuilds(suite.value);
  }
  return (
    unavailable(suite.value, arch.value) ??
    success({
      suite: suite.value,
      arch: arch.value,
      variants: [...variants],
      ...(isDaily && { trust: 'tls' as const }),
    })
  );
}

function noDailyBuilds(suite: Suite): Result<never> {
  return failure(
    'ERR_NETBOOT_UNAVAILABLE_IMAGE',
    `${suiteFacts(suite).title} has no daily installer builds`,
    { hint: dailyHint() },
  );
}

/** Returns the hint for a suite without daily builds: those that have them. */
export function dailyHint(): string {
  const rolling = SUITES.filter((suite) => suiteFacts(suite).kind === 'rolling');
  return `choose ${joinAlternatives(rolling)} for trust tls, or leave trust out`;
}

/** Returns a failure if a suite has no installer for an architecture; `undefined` if it has one. */
function unavailable(suite: Suite, arch: Arch): Result<never> | undefined {
  const arches = suiteArches(suite);
  if (arches.includes(arch)) {
    return undefined;
  }
  const { title } = suiteFacts(suite);
  // trixie's archive still lists i386, but has no kernel udebs for it.
  const reason = arch === 'i386' ? `: Debian has had no ${arch} installer since bookworm` : '';
  // Never suggest a suite without security support.
  const elsewhere = SUITES.filter(
    (other) => suiteArches(other).includes(arch) && suiteFacts(other).kind !== 'archived',
  );
  return failure('ERR_NETBOOT_UNAVAILABLE_IMAGE', `${title} has no ${arch} installer${reason}`, {
    hint:
      `choose ${joinAlternatives(arches)} for ${suite}` +
      (elsewhere.length === 0 ? '' : `, or ${joinAlternatives(elsewhere)} for ${arch}`),
  });
}
