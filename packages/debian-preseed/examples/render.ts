import { renderPreseed } from '@pxe/debian-preseed';

const passwordHash =
  '$6$saltsaltsalt$Cy2drr8kDRji6smvDcT28wkqtq0R0VzVL5CkrjPQCITc5d/31j94knt9rGTcVSyjLXfjsiIsBh5ee8qR/3QDx1';
const user = { name: 'ada', fullName: 'Ada Lovelace', passwordHash };
console.log(renderPreseed({ hostname: 'web1', timezone: 'Europe/Berlin', user }));
