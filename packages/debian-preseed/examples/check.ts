import { formatFinding, lintPreseed } from '@pxe/debian-preseed';

const text = `# A server
d-i netcfg/get_hostname string web1 # its name
d-i passwd/username
d-i passwd/user-fullname string Ada
`;
for (const finding of lintPreseed(text)) {
  console.log(formatFinding(finding, 'preseed.cfg'));
}
