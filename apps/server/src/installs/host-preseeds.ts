import { LRUCache } from 'lru-cache';

import { earlyKernelArgs, hasErrors, maskPreseed, PreseedProfileError } from '@pxe/debian-preseed';

import { type Install } from '../hosts/install.js';
import { addressStandIn, filled, type Filling, NAME_STAND_IN } from '../hosts/stand-ins.js';
import { HostError } from './host-error.js';
import { type HostIndex } from './host-index.js';
import { SAMPLE_PASSPHRASE, SAMPLE_VALUES, variablesOf } from './host-values.js';
import { type InstallContext, macOf, MAX_OFFERED } from './install-context.js';
import {
  checkPreseed,
  formatPreseedFinding,
  type PreseedFinding,
  suiteToInstall,
} from './preseed-check.js';
import { type PreseedTemplate, type RenderedPreseed } from './preseed.js';

/**
 * Maximum number of rendered preseeds to keep for each profile, and of their characters. Rendering and parsing one takes
 * milliseconds.
 */
const PRESEEDS_KEPT = 256;
const CHARACTERS_KEPT = 1024 * 1024;

const CHECK_HINT = 'correct the profile, and check it with "pxeboot preseed check --host NAME"';

interface CheckedPreseed {
  readonly rendered: RenderedPreseed;
  readonly findings: readonly PreseedFinding[];
}

/** Preseed of a host, for display. */
export interface PreseedPreview {
  /** Preseed without passwords or passphrases. */
  readonly text: string;
  /** Findings, with line numbers that refer to `text`. */
  readonly findings: readonly PreseedFinding[];
}

/** Renders and checks the preseeds of hosts and of unknown machines. */
export class HostPreseeds {
  readonly #context: InstallContext;
  readonly #hosts: HostIndex;
  /** Findings in the preseeds of hosts that the configuration asks to install, by name. */
  readonly #checked = new LRUCache<
    string,
    { readonly revision: number; readonly findings: readonly PreseedFinding[] }
  >({ max: MAX_OFFERED });
  /** Rendered preseeds, and the errors of those that cannot be rendered, by the values that they depend on. */
  readonly #rendered = new WeakMap<
    PreseedTemplate,
    LRUCache<string, RenderedPreseed | PreseedProfileError>
  >();
  /** Answers that the installer needs early, or the errors of the preseed, by the values that they depend on. */
  readonly #earlyArgs = new WeakMap<
    PreseedTemplate,
    LRUCache<string, string | PreseedProfileError>
  >();
  /** Last findings in a preseed, with everything else that they depend on. */
  readonly #findings = new WeakMap<
    RenderedPreseed,
    { readonly terms: string; readonly findings: readonly PreseedFinding[] }
  >();

  constructor(context: InstallContext, hosts: HostIndex) {
    this.#context = context;
    this.#hosts = hosts;
  }

  /** Renders the preseed of an installation. If it has errors, logs them and returns undefined. */
  render(
    template: PreseedTemplate,
    { host, passphrase }: Install,
    address: string = SAMPLE_VALUES.address,
    origin: string = SAMPLE_VALUES.server,
  ): RenderedPreseed | undefined {
    const rendered = valueOrFault(() =>
      this.#rendering(template, this.#valuesOf(host, address, origin), passphrase),
    );
    if (rendered instanceof PreseedProfileError) {
      this.#logFault(host, rendered, []);
      return undefined;
    }
    return rendered;
  }

  /**
   * Logs the errors of a preseed.
   *
   * @param own - values of the placeholders in them
   */
  #logFault(host: string, fault: PreseedProfileError, own: readonly Filling[]): void {
    if (this.#context.admitsLine('install.preseed-invalid', host, 'none')) {
      const reason = filled(fault.message, own);
      this.#context.logger.warn(
        { event: 'install.preseed-invalid', host, reason },
        `${host}: ${reason}`,
      );
    }
  }

  /**
   * Returns the answers that an installer needs before it has fetched its preseed, as kernel arguments. If the
   * preseed has errors, logs them and returns undefined.
   *
   * Anyone can request menus for any number of unknown machines, and from forged addresses, so the preseed is
   * rendered once, with placeholders for the name and the address. For the same reason, the answers for thousands of
   * hosts are kept.
   */
  earlyArgs(
    template: PreseedTemplate,
    { host, passphrase }: Install,
    address: string = SAMPLE_VALUES.address,
  ): string | undefined {
    const name = sharedName(host);
    const own: readonly Filling[] = [
      [name, host],
      [addressStandIn(address), address],
    ];
    const values = this.#valuesOf(name, addressStandIn(address), SAMPLE_VALUES.server);
    const kept =
      this.#earlyArgs.get(template) ??
      new LRUCache<string, string | PreseedProfileError>({ max: MAX_OFFERED });
    this.#earlyArgs.set(template, kept);
    const key = keyOf(template, values, passphrase);
    const args =
      kept.get(key) ??
      valueOrFault(() => earlyKernelArgs(this.#rendering(template, values, passphrase).whole));
    kept.set(key, args);
    if (typeof args === 'string') {
      return filled(args, own);
    }
    this.#logFault(host, args, own);
    return undefined;
  }

  /**
   * Returns the findings in the preseed of a host.
   *
   * @throws {@link HostError} when one of them is an error
   */
  check(
    template: PreseedTemplate,
    name: string,
    passphrase: string | undefined,
  ): readonly PreseedFinding[] {
    const { findings } = this.#checkedOrError(template, name, passphrase);
    if (hasErrors(findings)) {
      const errors = findings
        .filter(({ severity }) => severity === 'error')
        .map((finding) => formatPreseedFinding(finding, `preseed of ${name}`));
      throw new HostError('invalid', errors.join('\n'), CHECK_HINT);
    }
    return findings;
  }

  /**
   * Returns true if the preseed of a host that the configuration asks to install has errors; logs them once, for
   * unknown machines with the name of the first one.
   */
  isFaulty(host: string, profile = ''): boolean {
    const template = this.#context.settings().templates.get(profile);
    if (template === undefined) {
      return false;
    }
    const { revision } = this.#hosts;
    const name = sharedName(host);
    const known = this.#checked.get(name);
    if (known?.revision === revision) {
      return hasErrors(known.findings);
    }
    let findings: readonly PreseedFinding[] = [];
    try {
      ({ findings } = this.#checkedPreseed(template, name, undefined));
    } catch (error) {
      // `earlyArgs`, which runs for each menu, logs that the preseed cannot be rendered.
      if (!(error instanceof PreseedProfileError)) {
        throw error;
      }
    }
    this.#checked.set(name, { revision, findings });
    for (const finding of findings.filter(({ severity }) => severity === 'error')) {
      if (!this.#context.admitsLine('install.preseed-invalid', host, 'none')) {
        break;
      }
      const reason = filled(finding.message, [[name, host]]);
      this.#context.logger.warn(
        { event: 'install.preseed-invalid', host, reason },
        formatPreseedFinding({ ...finding, message: reason }, `preseed of ${host}`),
      );
    }
    return hasErrors(findings);
  }

  /**
   * Returns the preseed of a host without its secrets.
   *
   * @throws {@link HostError} when it cannot be rendered
   */
  preview(template: PreseedTemplate, name: string): PreseedPreview {
    const { rendered, findings } = this.#checkedOrError(template, name, SAMPLE_PASSPHRASE);
    return { text: maskPreseed(rendered.whole), findings };
  }

  /** Renders and checks a preseed. @throws {@link HostError} when it cannot be rendered */
  #checkedOrError(
    template: PreseedTemplate,
    name: string,
    passphrase: string | undefined,
  ): CheckedPreseed {
    try {
      return this.#checkedPreseed(template, name, passphrase);
    } catch (error) {
      if (!(error instanceof PreseedProfileError)) {
        throw error;
      }
      throw new HostError('invalid', `${name}: ${error.message}`, CHECK_HINT);
    }
  }

  /** Renders and checks a preseed. @throws {@link PreseedProfileError} when it cannot be rendered */
  #checkedPreseed(
    template: PreseedTemplate,
    name: string,
    passphrase: string | undefined,
  ): CheckedPreseed {
    const { entries, kernelArgs } = this.#context.settings();
    const host = this.#hosts.named(name);
    const { address, server } = SAMPLE_VALUES;
    const values = this.#valuesOf(name, address, server);
    const rendered = this.#rendering(template, values, passphrase);
    const terms = {
      suite: suiteToInstall(entries, host),
      kernelArgs: [kernelArgs, host?.kernelArgs ?? ''],
    };
    const asText = JSON.stringify(terms);
    const known = this.#findings.get(rendered);
    const findings = known?.terms === asText ? known.findings : checkPreseed(rendered, terms);
    this.#findings.set(rendered, { terms: asText, findings });
    return { rendered, findings };
  }

  /** @throws {@link PreseedProfileError} when the preseed cannot be rendered */
  #rendering(
    template: PreseedTemplate,
    values: Readonly<Record<string, string>>,
    passphrase: string | undefined,
  ): RenderedPreseed {
    const key = keyOf(template, values, passphrase);
    const kept =
      this.#rendered.get(template) ??
      new LRUCache<string, RenderedPreseed | PreseedProfileError>({
        max: PRESEEDS_KEPT,
        maxSize: CHARACTERS_KEPT,
        sizeCalculation: (result) =>
          Math.max(1, ('whole' in result ? result.whole : result.message).length),
      });
    this.#rendered.set(template, kept);
    const known = kept.get(key);
    if (known !== undefined) {
      return resultOf(known);
    }
    const result = valueOrFault(() => template.render(values, passphrase));
    kept.set(key, result);
    return resultOf(result);
  }

  #valuesOf(name: string, address: string, origin: string): Record<string, string> {
    return { ...variablesOf(this.#hosts.named(name), name), address, server: origin };
  }
}

/** Returns the name to render a shared preseed with: the host's name, or a placeholder if that is a MAC address. */
function sharedName(host: string): string {
  return macOf(host) === undefined ? host : NAME_STAND_IN;
}

/** Returns a key for everything that a preseed depends on, other than its template. */
function keyOf(
  template: PreseedTemplate,
  values: Readonly<Record<string, string>>,
  passphrase: string | undefined,
): string {
  const isUnknown = macOf(values['name'] ?? '') !== undefined;
  const used = [...template.variables, 'server', ...(isUnknown ? [] : ['hostname', 'domain'])];
  return JSON.stringify([passphrase, isUnknown, used.map((variable) => values[variable])]);
}

/** Returns the result of a function, or the error that says that a preseed cannot be rendered. */
function valueOrFault<Value>(work: () => Value): Value | PreseedProfileError {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof PreseedProfileError)) {
      throw error;
    }
    return error;
  }
}

/** @throws {@link PreseedProfileError} when the preseed cannot be rendered */
function resultOf(result: RenderedPreseed | PreseedProfileError): RenderedPreseed {
  if (result instanceof PreseedProfileError) {
    throw result;
  }
  return result;
}
