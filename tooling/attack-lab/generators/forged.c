/*
 * Sends UDP datagrams from addresses that are not its own, at a steady rate. Prints one line of JSON.
 *
 *   forged SERVER PORT FIRST_SOURCE SOURCES FIRST_PORT RATE SECONDS COUNT PAYLOAD...
 *
 * A forged client is a source address and port. The clients send in turn: first one from each address,
 * then one from the next port of each. Each client sends every PAYLOAD in order, and LAG other clients send
 * before its next one, so that the server has had time for the previous one. A PAYLOAD is a file; "-" is
 * garbage of 1 to 600 bytes, and "@@@@@@@@" in a file becomes a number that is new in each datagram. RATE is
 * in datagrams per second; it ends after SECONDS or COUNT datagrams, whichever comes first.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LAG 400
#define MAX_PAYLOAD 1400
#define MAX_PAYLOADS 8

struct payload {
  int is_garbage;
  size_t size;
  uint8_t bytes[MAX_PAYLOAD];
  uint8_t *counter; /* eight characters to overwrite, or NULL */
};

static struct payload payloads[MAX_PAYLOADS];
static int payload_count;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static uint32_t noise_state = 2463534242u;
static uint32_t noise(void) {
  noise_state ^= noise_state << 13;
  noise_state ^= noise_state >> 17;
  return noise_state ^= noise_state << 5;
}

static void load(const char *path) {
  struct payload *p = &payloads[payload_count++];
  if (strcmp(path, "-") == 0) {
    p->is_garbage = 1;
    return;
  }
  FILE *file = fopen(path, "rb");
  if (file == NULL) {
    perror(path);
    exit(2);
  }
  p->size = fread(p->bytes, 1, MAX_PAYLOAD, file);
  fclose(file);
  p->counter = memmem(p->bytes, p->size, "@@@@@@@@", 8);
}

static uint16_t ip_checksum(const void *header) {
  const uint16_t *words = header;
  uint32_t sum = 0;
  for (int i = 0; i < 10; i++)
    sum += words[i];
  while (sum >> 16)
    sum = (sum & 0xffff) + (sum >> 16);
  return ~sum;
}

int main(int argc, char **argv) {
  if (argc < 10 || argc > 9 + MAX_PAYLOADS) {
    fprintf(stderr, "usage: forged SERVER PORT FIRST_SOURCE SOURCES FIRST_PORT RATE SECONDS COUNT "
                    "PAYLOAD...\n");
    return 2;
  }
  struct sockaddr_in server = {.sin_family = AF_INET};
  server.sin_addr.s_addr = inet_addr(argv[1]);
  uint16_t server_port = htons(atoi(argv[2]));
  uint32_t first_source = ntohl(inet_addr(argv[3]));
  uint64_t sources = atoll(argv[4]);
  uint64_t first_port = atoll(argv[5]);
  double rate = atof(argv[6]), seconds = atof(argv[7]);
  uint64_t count = atoll(argv[8]);
  for (int i = 9; i < argc; i++)
    load(argv[i]);

  int raw = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
  if (raw < 0) {
    perror("raw socket");
    return 2;
  }
  int buffer = 8 << 20;
  setsockopt(raw, SOL_SOCKET, SO_SNDBUFFORCE, &buffer, sizeof buffer);

  static uint8_t packet[sizeof(struct iphdr) + sizeof(struct udphdr) + MAX_PAYLOAD];
  struct iphdr *ip = (struct iphdr *)packet;
  struct udphdr *udp = (struct udphdr *)(packet + sizeof *ip);
  uint8_t *data = packet + sizeof *ip + sizeof *udp;

  uint64_t packets = 0, bytes = 0, lost = 0;
  double start = now(), t = start;
  for (uint64_t turn = 0; packets < count && t - start < seconds; turn++) {
    for (int i = 0; i < payload_count && packets < count; i++) {
      if (turn < (uint64_t)i * LAG)
        continue;
      struct payload *p = &payloads[i];
      uint64_t client = turn - (uint64_t)i * LAG;
      size_t size = p->size;
      if (p->is_garbage) {
        size = 1 + noise() % 600;
        for (size_t at = 0; at < size; at++)
          data[at] = noise();
        /* Half of the datagrams begin as a TFTP packet does, to get past the check of the opcode. */
        if (size > 1 && noise() % 2) {
          data[0] = 0;
          data[1] = 1 + noise() % 6;
        }
      } else {
        if (p->counter != NULL) {
          char digits[9];
          snprintf(digits, sizeof digits, "%08x", (unsigned)packets);
          memcpy(p->counter, digits, 8);
        }
        memcpy(data, p->bytes, size);
      }
      memset(packet, 0, sizeof *ip + sizeof *udp);
      ip->version = 4;
      ip->ihl = 5;
      ip->ttl = 64;
      ip->protocol = IPPROTO_UDP;
      ip->tot_len = htons(sizeof *ip + sizeof *udp + size);
      ip->saddr = htonl(first_source + client % sources);
      ip->daddr = server.sin_addr.s_addr;
      ip->check = ip_checksum(ip);
      udp->source = htons(1024 + (first_port + client / sources) % 64000);
      udp->dest = server_port;
      udp->len = htons(sizeof *udp + size);
      if (sendto(raw, packet, sizeof *ip + sizeof *udp + size, 0, (struct sockaddr *)&server,
                 sizeof server) < 0) {
        if (errno != ENOBUFS && errno != EAGAIN) {
          perror("sendto");
          return 1;
        }
        lost++;
      }
      packets++;
      bytes += size;
    }
    /* Sleeps if it is more than a millisecond ahead of the rate. */
    t = now();
    double due = start + packets / rate;
    if (due - t > 1e-3) {
      struct timespec rest = {.tv_sec = (time_t)(due - t)};
      rest.tv_nsec = (long)((due - t - rest.tv_sec) * 1e9);
      nanosleep(&rest, NULL);
      t = now();
    }
  }
  printf("{\"packets\":%llu,\"payloadBytes\":%llu,\"lost\":%llu,\"seconds\":%.3f}\n",
         (unsigned long long)packets, (unsigned long long)bytes, (unsigned long long)lost,
         now() - start);
  return 0;
}
