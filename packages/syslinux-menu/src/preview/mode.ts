import { type LineEditor } from './line-editor.js';
import { type PasswordBox } from './password-box.js';

/** Kind of input that the menu program waits for, with its state. */
export type Mode =
  | { readonly type: 'hidden' }
  | { readonly type: 'menu' }
  | { readonly type: 'editing'; readonly editor: LineEditor }
  | {
      readonly type: 'password';
      readonly box: PasswordBox;
      readonly expected: string | undefined;
      readonly then: (isRight: boolean) => void;
    }
  | { readonly type: 'ended' };
