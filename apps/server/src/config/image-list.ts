import {
  parseImageSelection,
  type ImageSelection,
  type NetbootError,
  type Result,
} from '@pxe/debian-netboot';

/** One item of the `images` key as it is written. */
export type ImageItem =
  | string
  | {
      readonly suite: string;
      readonly arch?: readonly string[] | undefined;
      readonly variants?: readonly string[] | undefined;
    };

const DEFAULT_ARCHES = ['amd64'];

/**
 * Reads an item of the `images` key: `trixie`, `trixie:amd64+arm64:text`, or an object with the
 * same three parts. One selection per architecture; amd64 and every variant where none is named.
 */
export function parseImageItem(item: ImageItem): Result<readonly ImageSelection[]> {
  const {
    suite,
    arch = DEFAULT_ARCHES,
    variants,
  } = typeof item === 'string' ? fromShorthand(item) : item;
  const selections: ImageSelection[] = [];
  for (const name of arch) {
    const selection = parseImageSelection({ suite, arch: name, variants });
    if (!selection.ok) return selection;
    selections.push(selection.value);
  }
  return { ok: true, value: selections };
}

function fromShorthand(text: string): Exclude<ImageItem, string> {
  const [suite = '', arches = '', variants = ''] = text.split(':');
  const names = (list: string): string[] | undefined => (list === '' ? undefined : list.split('+'));
  return { suite, arch: names(arches), variants: names(variants) };
}

/** The error's sentence and its remedy on one line. */
export function withHint({ message, hint }: NetbootError): string {
  return hint === undefined ? message : `${message}; ${hint}`;
}
