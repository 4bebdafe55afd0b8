import { workspaceConfig } from '@pxe/config/eslint';

export default workspaceConfig(import.meta.dirname);
