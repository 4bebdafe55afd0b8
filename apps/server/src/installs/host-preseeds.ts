import { LRUCache } from 'lru-cache';

import { hasErrors, maskPreseed, PreseedProfileError } from '@pxe/debian-preseed';

import { type Install } from '../hosts/install.js';
import { HostError } from './host-error.js';
import { type HostIndex } from './host-index.js';
import { SAMPLE_PASSPHRASE, SAMPLE_VALUES, variablesOf } from './host-values.js';
import { type InstallContext, MAX_OFFERED } from './install-context.js';
import {
  checkPreseed,
  formatPreseedFinding,
  type PreseedFinding,
  suiteToInstall,
} from './preseed-check.js';
import { type PreseedTemplate, type RenderedPreseed } from './preseed.js';

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
    try {
      return template.render(this.#valuesOf(host, address, origin), passphrase);
    } catch (error) {
      if (!(error instanceof PreseedProfileError)) {
        throw error;
      }
      if (this.#context.admitsLine('install.preseed-invalid', host, 'none')) {
        this.#context.logger.warn(
          { event: 'install.preseed-invalid', host, reason: error.message },
          `${host}: ${error.message}`,
        );
      }
      return undefined;
    }
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

  /** Returns true if the preseed of a host that the configuration asks to install has errors; logs them once. */
  isFaulty(name: string, profile = ''): boolean {
    const template = this.#context.settings().templates.get(profile);
    if (template === undefined) {
      return false;
    }
    const { revision } = this.#hosts;
    const known = this.#checked.get(name);
    if (known?.revision === revision) {
      return hasErrors(known.findings);
    }
    let findings: readonly PreseedFinding[] = [];
    try {
      ({ findings } = this.#checkedPreseed(template, name, undefined));
    } catch (error) {
      // `render` logs a preseed that cannot be rendered, for each menu.
      if (!(error instanceof PreseedProfileError)) {
        throw error;
      }
    }
    this.#checked.set(name, { revision, findings });
    for (const finding of findings.filter(({ severity }) => severity === 'error')) {
      if (!this.#context.admitsLine('install.preseed-invalid', name, 'none')) {
        break;
      }
      this.#context.logger.warn(
        { event: 'install.preseed-invalid', host: name, reason: finding.message },
        formatPreseedFinding(finding, `preseed of ${name}`),
      );
    }
    return hasErrors(findings);
  }

  /**
   * Returns the preseed of a host without its secrets. @throws {@link HostError} when it cannot be rendered
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
    const rendered = template.render(this.#valuesOf(name, address, server), passphrase);
    const findings = checkPreseed(rendered, {
      suite: suiteToInstall(entries, host),
      kernelArgs: [kernelArgs, host?.kernelArgs ?? ''],
    });
    return { rendered, findings };
  }

  #valuesOf(name: string, address: string, origin: string): Record<string, string> {
    return { ...variablesOf(this.#hosts.named(name), name), address, server: origin };
  }
}
