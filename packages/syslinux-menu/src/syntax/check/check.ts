import { menuAt, ROOT_MENU } from '../language/loaded.js';
import { checkFiles } from './file-rules.js';
import { checkLabels } from './label-rules.js';
import { checkModel } from './model-rules.js';
import { type CheckCode, type Checked, type Files, type Report, type Rules } from './report.js';
import { checkStart } from './start-rules.js';
import { checkEncoding, checkLines, isUtf16 } from './text-rules.js';

/** Checks a configuration, and reports what does not work as written. */
export function checkConfig(
  checked: Checked,
  options: {
    readonly files: Files | undefined;
    readonly report: Report;
    readonly onWork: (units: number) => void;
  },
): void {
  const { files, report, onWork } = options;
  const rules: Rules = {
    checked,
    isWhole: files !== undefined || checked.isWhole,
    start: menuAt(checked.main.config, ROOT_MENU).span,
    tell: (severity, code: CheckCode, message, span) => {
      report({ severity, code, message, span });
    },
  };
  checkEncoding(rules);
  if (isUtf16(checked.bytes)) {
    return;
  }
  checkLines(rules);
  checkStart(rules);
  checkLabels(rules, onWork);
  checkModel(rules);
  if (files !== undefined) {
    checkFiles(rules, files);
  }
}
