/** Errors of the language, which have no page of their own to link to. */
const BUILT_IN = new Set(['Error', 'RangeError', 'SyntaxError', 'TypeError']);

/** `@throws`, and the name of an error class after it. */
const THROWS = /(?<=@throws )`?([A-Z]\w*(?:Error|Failure))\b`?/g;

/** Reports a `@throws` that names an error of a package without a link to it, and adds the link. */
export const linkedThrows = {
  meta: {
    type: 'suggestion',
    docs: { description: 'Links the errors that @throws names' },
    fixable: 'code',
    schema: [],
    messages: { unlinked: 'write @throws {{link}}' },
  },
  create({ sourceCode, report }) {
    return {
      Program() {
        for (const { value, range } of sourceCode.getAllComments()) {
          for (const { 0: text, 1: name, index } of value.matchAll(THROWS)) {
            if (BUILT_IN.has(name)) {
              continue;
            }
            const start = range[0] + 2 + index;
            const place = [start, start + text.length];
            report({
              loc: {
                start: sourceCode.getLocFromIndex(place[0]),
                end: sourceCode.getLocFromIndex(place[1]),
              },
              messageId: 'unlinked',
              data: { link: `{@link ${name}} when ...` },
              fix: (fixer) => fixer.replaceTextRange(place, `{@link ${name}}`),
            });
          }
        }
      },
    };
  },
};
