import { type Finding } from '../findings/finding.js';
import { type CollectedAnswer } from '../parse/answers.js';

/** Importance of a question: the installer shows those at or above its own priority. */
export type Priority = 'low' | 'medium' | 'high' | 'critical';

const PRIORITIES: readonly string[] = ['low', 'medium', 'high', 'critical'] satisfies Priority[];

/** Reads the value of an answered question; undefined if it is not answered, or not marked as seen. */
type Read = (question: string) => string | undefined;

/** A question that every installation over the network gets to, unless another answer prevents it. */
interface Step {
  readonly question: string;
  readonly priority: Priority;
  /** Returns true if answers to other questions prevent this question. */
  readonly isAvoided?: (read: Read) => boolean;
  /** True if an empty answer does not count. */
  readonly needsValue?: boolean;
  /** Condition that the machine must meet, as the end of a sentence. */
  readonly condition?: string;
}

const withoutRoot = (read: Read): boolean =>
  read('passwd/root-login') === 'false' ||
  !['', '!', undefined].includes(read('passwd/root-password-crypted'));
const withoutUser = (read: Read): boolean => read('passwd/make-user') === 'false';
const method = (read: Read): string => read('partman-auto/method') ?? '';

/** Questions in the order in which the installer asks them, from the programs that ask them. */
const STEPS: readonly Step[] = [
  {
    question: 'debian-installer/locale',
    priority: 'critical',
    needsValue: true,
    isAvoided: (read) =>
      read('debian-installer/language') !== undefined &&
      read('debian-installer/country') !== undefined,
  },
  { question: 'keyboard-configuration/xkb-keymap', priority: 'high', needsValue: true },
  {
    question: 'netcfg/choose_interface',
    priority: 'critical',
    condition: 'it has several network interfaces',
  },
  {
    question: 'netcfg/get_hostname',
    priority: 'high',
    isAvoided: (read) => read('netcfg/hostname') !== undefined,
  },
  { question: 'netcfg/get_domain', priority: 'high' },
  { question: 'mirror/country', priority: 'high', needsValue: true },
  {
    question: 'mirror/http/proxy',
    priority: 'high',
    isAvoided: (read) => !['', 'http', undefined].includes(read('mirror/protocol')),
  },
  {
    question: 'passwd/root-password',
    priority: 'critical',
    needsValue: true,
    isAvoided: withoutRoot,
  },
  { question: 'passwd/user-fullname', priority: 'critical', isAvoided: withoutUser },
  { question: 'passwd/username', priority: 'critical', needsValue: true, isAvoided: withoutUser },
  {
    question: 'passwd/user-password',
    priority: 'critical',
    needsValue: true,
    isAvoided: (read) =>
      withoutUser(read) || !['', undefined].includes(read('passwd/user-password-crypted')),
  },
  { question: 'time/zone', priority: 'high', needsValue: true },
  {
    question: 'partman-auto/method',
    priority: 'critical',
    needsValue: true,
    isAvoided: (read) => read('partman-auto/init_automatically_partition') !== undefined,
  },
  {
    question: 'partman-auto/disk',
    priority: 'critical',
    needsValue: true,
    isAvoided: (read) => read('partman/early_command')?.includes('partman-auto/disk') === true,
    condition: 'it has several disks',
  },
  {
    question: 'partman-auto/choose_recipe',
    priority: 'high',
    needsValue: true,
    isAvoided: (read) =>
      read('partman-auto/expert_recipe') !== undefined ||
      read('partman-auto/expert_recipe_file') !== undefined,
  },
  {
    question: 'partman-crypto/passphrase',
    priority: 'critical',
    needsValue: true,
    isAvoided: (read) => method(read) !== 'crypto',
  },
  {
    question: 'partman-auto-lvm/guided_size',
    priority: 'high',
    needsValue: true,
    isAvoided: (read) => !['crypto', 'lvm'].includes(method(read)),
  },
  {
    question: 'partman-lvm/confirm',
    priority: 'critical',
    needsValue: true,
    isAvoided: (read) => !['crypto', 'lvm'].includes(method(read)),
  },
  { question: 'partman/choose_partition', priority: 'critical', needsValue: true },
  { question: 'partman/confirm', priority: 'critical', needsValue: true },
  {
    question: 'tasksel/first',
    priority: 'high',
    isAvoided: (read) => read('pkgsel/run_tasksel') === 'false',
  },
  { question: 'popularity-contest/participate', priority: 'high' },
  {
    question: 'grub-installer/only_debian',
    priority: 'high',
    needsValue: true,
    isAvoided: (read) => !['', undefined].includes(read('grub-installer/bootdev')),
  },
  { question: 'finish-install/reboot_in_progress', priority: 'critical' },
];

/**
 * Finds the questions that the installer still asks.
 *
 * @param given - answers on the kernel command line; those of the preseed replace them
 * @param priority - the installer's priority, unless an answer sets another
 */
export function findAsked(
  answers: ReadonlyMap<string, CollectedAnswer>,
  given: ReadonlyMap<string, string>,
  priority: Priority,
): readonly Finding[] {
  const read: Read = (question) => {
    const answer = answers.get(question);
    if (answer === undefined) {
      return given.get(question);
    }
    return answer.isSeen ? (answer.value?.text ?? given.get(question)) : undefined;
  };
  const set = read('debconf/priority') ?? '';
  const least = PRIORITIES.indexOf(PRIORITIES.includes(set) ? set : priority);
  return STEPS.filter((step) => {
    const value = read(step.question);
    const isAnswered = value !== undefined && (value !== '' || step.needsValue !== true);
    const isAvoided = step.isAvoided?.(read) === true;
    return PRIORITIES.indexOf(step.priority) >= least && !isAnswered && !isAvoided;
  }).map(({ question, condition }) => ({
    severity: 'note',
    code: 'will-be-asked',
    message: `the installer asks "${question}"${condition === undefined ? '' : ` if ${condition}`}`,
    fix: 'answer it',
  }));
}
