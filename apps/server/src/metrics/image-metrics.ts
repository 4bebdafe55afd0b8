import { Counter, Gauge, type Registry } from 'prom-client';

import { type StoredTarget } from '@pxe/debian-netboot';

/** State of the images, for the metrics. */
export interface ImageFigures {
  /** True if every file of a complete generation can be served. */
  readonly isReady: boolean;
  /** Number of damaged files of the served generation. */
  readonly damagedFiles: number;
  readonly images: readonly (Pick<StoredTarget, 'suite' | 'arch' | 'variant' | 'abi'> & {
    /** Time of the last sync that found the image up to date, in milliseconds since 1970. */
    readonly confirmedAt: number;
  })[];
}

export interface ImageMetrics {
  readonly syncFinished: (outcome: 'complete' | 'partial' | 'failed') => void;
  read(figures: () => ImageFigures): void;
}

/**
 * Registers the counters of syncs. The gauges of the images are registered by `read`; gauges of a single
 * image are labelled with its suite, architecture and variant.
 */
export function createImageMetrics(registry: Registry): ImageMetrics {
  const registers = [registry];
  const syncs = new Counter({
    name: 'pxeboot_syncs_total',
    help: 'Refreshes of the images by result.',
    labelNames: ['outcome'],
    registers,
  });
  const failures = new Counter({
    name: 'pxeboot_sync_failures_total',
    help: 'Image refreshes that failed, or that could not fetch everything.',
    registers,
  });
  for (const outcome of ['complete', 'partial', 'failed']) {
    syncs.inc({ outcome }, 0);
  }
  return {
    syncFinished(outcome) {
      syncs.inc({ outcome });
      if (outcome !== 'complete') {
        failures.inc();
      }
    },
    read(figures) {
      new Gauge({
        name: 'pxeboot_images_ready',
        help: '1 if the store has every file of a complete generation.',
        registers,
        collect() {
          this.set(figures().isReady ? 1 : 0);
        },
      });
      new Gauge({
        name: 'pxeboot_image_damaged_files',
        help: 'Stored files of the served generation that are damaged and therefore not served.',
        registers,
        collect() {
          this.set(figures().damagedFiles);
        },
      });
      new Gauge({
        name: 'pxeboot_image_age_seconds',
        help: 'Time since a refresh last found the image up to date.',
        labelNames: ['suite', 'arch', 'variant'],
        registers,
        collect() {
          this.reset();
          for (const { suite, arch, variant, confirmedAt } of figures().images) {
            this.set({ suite, arch, variant }, Math.max(0, (Date.now() - confirmedAt) / 1000));
          }
        },
      });
      new Gauge({
        name: 'pxeboot_image_stale',
        help: '1 if the archive no longer has the kernel modules of the image, so it cannot be installed.',
        labelNames: ['suite', 'arch', 'variant'],
        registers,
        collect() {
          this.reset();
          for (const { suite, arch, variant, abi } of figures().images) {
            this.set({ suite, arch, variant }, abi === 'stale' ? 1 : 0);
          }
        },
      });
    },
  };
}
