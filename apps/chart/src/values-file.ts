import { isMap, isNode, isScalar, LineCounter, parseDocument, type YAMLMap } from 'yaml';

/** Described key of `values.yaml`, or a section of such keys. */
export interface ValueEntry {
  /** Path, as in `image.repository`. */
  readonly path: string;
  /** Description; undefined for a section, whose keys have their own. */
  readonly description: string | undefined;
  /** Value in `values.yaml`. */
  readonly value: unknown;
  /** Default in words, from `@default --`. */
  readonly defaultText: string | undefined;
  /** Schema from `@schema`, in addition to the type of the value. */
  readonly schema: Readonly<Record<string, unknown>>;
  /** Keys of a section; empty for a described key. */
  readonly children: readonly ValueEntry[];
}

/**
 * Reads the keys of `values.yaml` and the comments above them. The comments are those of
 * helm-docs (https://github.com/norwoodj/helm-docs): `# --` starts a key's description,
 * `# @default --` describes its default, and `# @schema {...}` adds to its JSON Schema. Keys below a
 * described key belong to it.
 *
 * @throws Error when a key has no description
 */
export function parseValuesFile(text: string): readonly ValueEntry[] {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter });
  if (!isMap(document.contents)) {
    throw new Error('values.yaml has no keys');
  }
  const lines = text.split('\n');

  const entriesOf = (map: YAMLMap, parent: string): ValueEntry[] =>
    map.items.map(({ key, value }) => {
      if (!isScalar(key) || !key.range) {
        throw new Error(`not a plain key below ${parent}`);
      }
      const path = [parent, String(key.value)].filter(Boolean).join('.');
      const { line } = lineCounter.linePos(key.range[0]);
      const comment = parseComment(commentAbove(lines, line));
      const isSection = comment.description === undefined && isMap(value) && value.items.length > 0;
      if (comment.description === undefined && !isSection) {
        throw new Error(`${path} has no description (a comment that begins "# --")`);
      }
      return {
        ...comment,
        path,
        value: isNode(value) ? (value.toJS(document) as unknown) : null,
        children: isSection ? entriesOf(value, path) : [],
      };
    });
  return entriesOf(document.contents, '');
}

/** Returns the comment lines directly above a line (counted from 1), without their `#`. */
function commentAbove(lines: readonly string[], line: number): string[] {
  const above = lines.slice(0, line - 1).reverse();
  const end = above.findIndex((text) => !text.trimStart().startsWith('#'));
  const comment = end === -1 ? above : above.slice(0, end);
  return comment.reverse().map((text) => text.trimStart().replace(/^# ?/, ''));
}

type Comment = Pick<ValueEntry, 'description' | 'defaultText' | 'schema'>;

function parseComment(lines: readonly string[]): Comment {
  const description: string[] = [];
  let defaultText: string | undefined;
  let schema: Record<string, unknown> = {};
  for (const line of lines) {
    if (line.startsWith('@default -- ')) {
      defaultText = line.slice('@default -- '.length);
    } else if (line.startsWith('@schema ')) {
      schema = parseDocument(line.slice('@schema '.length)).toJS() as Record<string, unknown>;
    } else if (line.startsWith('-- ')) {
      description.push(line.slice('-- '.length));
    } else if (description.length > 0) {
      description.push(line);
    }
  }
  return {
    description: description.length === 0 ? undefined : description.join(' '),
    defaultText,
    schema,
  };
}
