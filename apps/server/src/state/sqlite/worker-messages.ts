import { type BindableValue } from './bindable.js';

/** Files of an embedded database. */
export interface DatabaseFiles {
  readonly database: string;
  /** File whose lock marks the daemon that owns the database; absent for a private copy. */
  readonly lock?: string;
  /**
   * Kind of journal.
   *
   * @default the one that suits the file system
   */
  readonly journal?: 'wal' | 'rollback';
}

/** Request to the worker, which answers each with one {@link WorkerAnswer}, in order. */
export type WorkerRequest =
  | { readonly type: 'lock' }
  /** Opens the database; a damaged one is moved aside first. */
  | { readonly type: 'open' }
  | ({ readonly type: 'run' } & Statement)
  /** Runs statements in one transaction, and returns no rows. */
  | { readonly type: 'write'; readonly statements: readonly Statement[] };

/** SQL statement with the values of its parameters. */
export interface Statement {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/** Value of a column. */
export type ColumnValue = BindableValue | ArrayBuffer;

/** Answer from the worker. */
export type WorkerAnswer =
  | {
      readonly ok: true;
      readonly rows: readonly Readonly<Record<string, ColumnValue>>[];
      readonly changes: number;
      /** New name of a damaged database. */
      readonly movedTo?: string;
    }
  | { readonly ok: false; readonly code: string; readonly message: string };
