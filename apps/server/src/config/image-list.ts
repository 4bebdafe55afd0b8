import {
  type ImageSelection,
  type ImageTrust,
  NetbootError,
  parseImageSelection,
  type Result,
} from '@pxe/debian-netboot/catalog';

/** Item of the `images` key, as written in the configuration. */
export type ImageItem =
  | string
  | {
      readonly suite: string;
      readonly arch?: readonly string[] | undefined;
      readonly variants?: readonly string[] | undefined;
      /** Pins the installer to one build: `20250803+deb13u7`. */
      readonly build?: string | undefined;
      /** Proof that the images are authentic; `tls` for daily builds. */
      readonly trust?: ImageTrust | undefined;
    };

const DEFAULT_ARCHES = ['amd64'];

/**
 * Reads an item of the `images` key: `trixie`, `trixie:amd64+arm64:text`,
 * `trixie:amd64:text:20250803+deb13u7`, or an object with the same parts and `trust`. Returns one selection
 * per architecture; the default is amd64 with every variant.
 */
export function parseImageItem(item: ImageItem): Result<readonly ImageSelection[]> {
  const {
    suite,
    arch = DEFAULT_ARCHES,
    variants,
    build,
    trust,
  } = typeof item === 'string' ? fromShorthand(item) : item;
  const selections: ImageSelection[] = [];
  for (const name of arch) {
    const selection = parseImageSelection({ suite, arch: name, variants, trust });
    if (!selection.ok) {
      return selection;
    }
    if (build !== undefined && !BUILD.test(build)) {
      return invalidBuild(build);
    }
    if (build !== undefined && trust === 'tls') {
      return pinnedDaily(build);
    }
    selections.push({ ...selection.value, ...(build !== undefined && { build }) });
  }
  return { ok: true, value: selections };
}

function fromShorthand(text: string): Exclude<ImageItem, string> {
  const [suite = '', arches = '', variants = '', ...builds] = text.split(':');
  const names = (list: string): string[] | undefined => (list === '' ? undefined : list.split('+'));
  // Anything after the build counts as part of it, so that it is refused.
  const build = builds.length === 0 ? undefined : builds.join(':');
  return { suite, arch: names(arches), variants: names(variants), build };
}

/** Name of an installer build, which begins with its date. */
const BUILD = /^\d{8}[0-9A-Z.+~]{0,56}$/i;

function invalidBuild(build: string): Result<never> {
  return {
    ok: false,
    error: new NetbootError(
      'ERR_NETBOOT_INVALID_SELECTION',
      `not an installer build: ${JSON.stringify(build)}`,
      { hint: 'write it as `pxeboot images list` shows it, for example 20250803+deb13u7' },
    ),
  };
}

function pinnedDaily(build: string): Result<never> {
  return {
    ok: false,
    error: new NetbootError(
      'ERR_NETBOOT_INVALID_SELECTION',
      `daily builds cannot be pinned, got build ${build} with trust tls`,
      { hint: 'remove build or trust' },
    ),
  };
}

/** Returns the message and hint of an error on one line. */
export function withHint({ message, hint }: NetbootError): string {
  return hint === undefined ? message : `${message}; ${hint}`;
}
