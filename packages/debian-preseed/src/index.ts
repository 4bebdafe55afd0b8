/**
 * Preseed files of Debian's installer: parse them exactly as the installer does, render them from typed
 * profiles, explain and check them.
 *
 * @packageDocumentation
 */
export {
  type Finding,
  type FindingCode,
  formatFinding,
  hasErrors,
  type Severity,
} from './findings/finding.js';
export { explainPreseed, type Explanation } from './lint/explain.js';
export { type Priority } from './lint/asked.js';
export { earlyKernelArgs } from './lint/kernel-arguments.js';
export { lintPreseed, type LintOptions } from './lint/lint.js';
export { maskPreseed } from './lint/secret.js';
export { type CollectedAnswer, collectAnswers } from './parse/answers.js';
export { parsePreseed, type ParsePreseedOptions } from './parse/parse.js';
export {
  type AnswerStatement,
  type BrokenReason,
  type BrokenStatement,
  type FlagStatement,
  type IdleLine,
  type ParsedPreseed,
  type Place,
  type PreseedReader,
  type Statement,
  type StatementBase,
  type Word,
} from './parse/statement.js';
export { type Question, type Suite, SUITES } from './questions/question.js';
export { findQuestion } from './questions/questions.js';
export { formatProblem, PreseedProfileError, type ProfileProblem } from './profile/problem.js';
export {
  type DiskProfile,
  type MirrorProfile,
  type PreseedProfile,
  type RootProfile,
  type UserProfile,
} from './profile/profile.js';
export { renderPreseed, type RenderPreseedResult, safeRenderPreseed } from './profile/render.js';
