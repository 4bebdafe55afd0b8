import { readFileSync } from 'node:fs';

import { parse } from 'yaml';

const LIST = new URL('../prose/banned-turns.yml', import.meta.url);

/** Turns of the list that textlint-rule-prh reads for documents, as prh compiles them. */
export const BANNED_TURNS = parse(readFileSync(LIST, 'utf8')).rules.map(
  ({ pattern, expected, specs }) => {
    const [, source, flags] = /^\/(.*)\/([a-z]*)$/s.exec(pattern);
    return { pattern: new RegExp(source, `${flags}gmu`), expected, specs };
  },
);

/** Reports a banned turn in a comment, a string, a template, a regular expression, JSX text or a name. */
export const bannedTurns = {
  meta: {
    type: 'suggestion',
    docs: { description: 'Keeps to the plain English of tooling/config/prose/banned-turns.yml' },
    schema: [],
    messages: { banned: '"{{turn}}" is a banned turn: write "{{expected}}" or rephrase' },
  },
  create(context) {
    const { sourceCode } = context;

    /**
     * Checks a range of the file. A comment's line breaks count as blanks, so turns may span them.
     */
    function check(text, start) {
      for (const { pattern, expected } of BANNED_TURNS) {
        for (const { 0: turn, index } of text.matchAll(pattern)) {
          const from = start + index;
          context.report({
            loc: {
              start: sourceCode.getLocFromIndex(from),
              end: sourceCode.getLocFromIndex(from + turn.length),
            },
            messageId: 'banned',
            data: { turn: turn.replace(/\s+/g, ' '), expected },
          });
        }
      }
    }

    const checkNode = (node) => {
      // Escapes such as \n and \b end a word.
      check(sourceCode.getText(node).replace(/\\[a-z]/gi, '  '), node.range[0]);
    };

    return {
      Program() {
        for (const [first, last] of commentRuns(sourceCode)) {
          check(blankMargins(sourceCode.text.slice(first.range[0], last.range[1])), first.range[0]);
        }
      },
      Literal: checkNode,
      TemplateElement: checkNode,
      JSXText: checkNode,
      Identifier: checkNode,
      PrivateIdentifier: checkNode,
    };
  },
};

/** Returns the comments of a file; adjacent line comments are joined. */
function commentRuns({ text, ast }) {
  const runs = [];
  for (const comment of ast.comments) {
    const last = runs.at(-1)?.[1];
    if (
      last?.type === 'Line' &&
      comment.type === 'Line' &&
      text.slice(last.range[1], comment.range[0]).trim() === ''
    ) {
      runs.at(-1)[1] = comment;
    } else {
      runs.push([comment, comment]);
    }
  }
  return runs;
}

/** Replaces the margin of each further line of a comment by the same number of blanks. */
function blankMargins(comment) {
  return comment.replace(/\n[ \t]*(?:\/\/|\*(?!\/))/g, (margin) => ' '.repeat(margin.length));
}
