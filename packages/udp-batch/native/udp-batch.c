/*
 * UDP sockets that move a batch of datagrams per system call: recvmmsg, sendmmsg and UDP GSO.
 *
 * It uses only Node-API and libuv, so that one binary serves all versions of Node. It is not linked with libc:
 * the process already has one, and symbols without a version bind to that.
 *
 * Memory. Each environment (main thread or worker) has one set of buffers, shared by all its sockets, since
 * a batch is handed over within one call. JavaScript sees them as typed arrays. They belong to the module and
 * are never detached; all other memory comes with each call, and its ranges are checked here.
 *
 * Life of a socket. `close` or the end of the environment closes the descriptor and the libuv handle. The
 * struct is freed once libuv has closed its handle and JavaScript has collected its object and its functions, in any
 * order.
 */
#define NAPI_VERSION 8
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <node_api.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

/* From linux/udp.h; older headers lack it. */
#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

/* SHA-256 of this file and the compiler's version, set by native/build.js. */
static const char BUILT_AS[] = BUILT_FROM;

/* Layout of the shared buffers; src/native-binding.ts has the same numbers. */
enum {
  ABI = 3,
  SLOTS = 64,
  /* Numbers per datagram. */
  FIELDS = 20,
  /* Received bytes of one datagram; not a power of two, so that slots differ in their cache sets. */
  SLOT_BYTES = 65536 + 64,
  HEAD_BYTES = 64,
  /*
   * Datagrams up to this length are copied into one piece. That costs less than the system call's work on a second
   * piece, and the bytes are then in the processor's cache when the kernel copies them.
   */
  JOINED_BYTES = 2048,
};

/* Fields of a received datagram. */
enum {
  IN_LENGTH,
  IN_FAMILY,
  IN_PORT,
  IN_ADDRESS,
  IN_SCOPE = IN_ADDRESS + 4,
  IN_INTERFACE,
  IN_LOCAL_FAMILY,
  IN_DESTINATION,
  IN_LOCAL = IN_DESTINATION + 4,
};

/* Fields of a datagram to send. A buffer is an index of the call's buffers, or one of the two below. */
enum {
  OUT_FAMILY,
  OUT_PORT,
  OUT_ADDRESS,
  OUT_SCOPE = OUT_ADDRESS + 4,
  OUT_HEAD_BUFFER,
  OUT_HEAD_OFFSET,
  OUT_HEAD_LENGTH,
  OUT_BODY_BUFFER,
  OUT_BODY_OFFSET,
  OUT_BODY_LENGTH,
  OUT_INTERFACE,
  OUT_FROM_FAMILY,
  OUT_FROM,
};

enum { NO_BUFFER = -1, HEAD_SLOT = -2 };

/* Flags of `open`. */
enum { REUSE_ADDR = 1, REUSE_PORT = 2, PACKET_INFO = 4, FRAGMENT = 8, NO_GSO = 16, BROADCAST = 32 };

/* First argument of a socket's callback. */
enum { RECEIVED, WRITABLE, FAILED };

/* System calls of `open`, as reported with an error. */
enum { CALL_SOCKET = 1, CALL_SETSOCKOPT, CALL_BIND, CALL_CONNECT, CALL_GETSOCKNAME, CALL_FCNTL, CALL_POLL };

/* An error of `open` is returned as call * ERRNO_RANGE + errno. */
enum { ERRNO_RANGE = 4096 };

/* Maximum number of datagrams, and of bytes, in one send with GSO (UDP_MAX_SEGMENTS of Linux). */
enum { GSO_SEGMENTS = 64, GSO_BYTES = 65000 };

/* Batches with at most this many datagrams are followed by repolls before the thread sleeps. */
enum { FEW = 2, MAX_ROUNDS = 64 };

/* After MAX_VAIN series of repolls that found nothing, the next RESTING_WAKE_UPS start none: the peer is slower. */
enum { MAX_VAIN = 16, RESTING_WAKE_UPS = 64 };

enum { CONTROL_BYTES = 96 };

union address {
  struct sockaddr any;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
};

union control {
  struct cmsghdr align;
  char bytes[CONTROL_BYTES];
};

struct batch_socket;

struct instance {
  /* Socket that had a datagram last; only compared, since it may be gone. */
  const struct batch_socket *woken;
  double *received;
  double *to_send;
  /* Family, four words, scope. */
  double *parsed;
  int32_t *errors;
  uint8_t *bytes;
  uint8_t *heads;
  /* Datagrams of one piece, each right after the one before. */
  uint8_t joined[SLOTS * JOINED_BYTES];
  /* Headers for receiving, set up once. */
  struct mmsghdr incoming[SLOTS];
  struct iovec incoming_pieces[SLOTS];
  union address senders[SLOTS];
  union control incoming_controls[SLOTS];
  /* Headers for sending, built for each batch. */
  struct mmsghdr messages[SLOTS];
  struct iovec pieces[SLOTS * 2];
  /* Pieces of the messages that are in one piece. */
  struct iovec wholes[SLOTS];
  /* Messages for the kernel to split. */
  bool is_segmented[SLOTS];
  union address names[SLOTS];
  union control controls[SLOTS];
  /* First datagram of each message, and one past the last message's. */
  uint32_t firsts[SLOTS + 1];
  struct {
    uint8_t *data;
    size_t length;
  } buffers[SLOTS * 2];
};

struct batch_socket {
  uv_poll_t poll;
  napi_env env;
  napi_ref callback;
  napi_async_cleanup_hook_handle hook;
  struct instance *instance;
  int fd;
  int family;
  bool is_open;
  bool is_polled;
  /* Number of JavaScript values that lead to this socket: its object and its functions. */
  uint32_t references;
  bool is_connected;
  bool awaits_writable;
  /* Longest segment to try with GSO; 0 if GSO is unavailable or turned off. */
  size_t gso_limit;
  /* Maximum number of repolls after a small batch. */
  uint32_t repolls;
  /* Consecutive series of repolls that found nothing. */
  uint32_t vain;
  /* Wake-ups until the next series. */
  uint32_t resting;
};

static const napi_type_tag SOCKET_TAG = {0x9b7f1c0de0a14f6bULL, 0x8d5a3e2277c14b90ULL};

/* Returns NULL from the calling function when a call fails; Node-API has set the exception or lacks memory. */
#define TRY(call)            \
  do {                       \
    if ((call) != napi_ok) { \
      return NULL;           \
    }                        \
  } while (0)

static napi_value throw_type_error(napi_env env, const char *message) {
  napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", message);
  return NULL;
}

static napi_value number(napi_env env, double value) {
  napi_value result = NULL;
  napi_create_double(env, value, &result);
  return result;
}

/* Converts a number of a shared buffer; false if it is not an integer from 0 to most. */
static bool to_size(double value, double most, size_t *result) {
  /* Also false for NaN. */
  if (!(value >= 0 && value <= most)) {
    return false;
  }
  *result = (size_t)value;
  return true;
}

static uint32_t to_word(double value) {
  return value >= 0 && value <= UINT32_MAX ? (uint32_t)value : 0;
}

/* ---- Addresses: JavaScript sees 32-bit words in host byte order. ---- */

static void words_of_v6(const struct in6_addr *address, double *words) {
  for (int at = 0; at < 4; at += 1) {
    uint32_t word;
    memcpy(&word, address->s6_addr + 4 * at, 4);
    words[at] = ntohl(word);
  }
}

static void v6_of_words(const double *words, struct in6_addr *address) {
  for (int at = 0; at < 4; at += 1) {
    uint32_t word = htonl(to_word(words[at]));
    memcpy(address->s6_addr + 4 * at, &word, 4);
  }
}

/* Writes the words of an address; an IPv4 address of a dual-stack socket counts as IPv4: one word. Returns 4 or 6. */
static int describe_v6(const struct in6_addr *address, double *words) {
  words_of_v6(address, words);
  if (IN6_IS_ADDR_V4MAPPED(address)) {
    words[0] = words[3];
    words[1] = words[2] = words[3] = 0;
    return 4;
  }
  return 6;
}

static void describe(const union address *from, double *fields) {
  if (from->any.sa_family == AF_INET6) {
    fields[IN_FAMILY] = describe_v6(&from->v6.sin6_addr, fields + IN_ADDRESS);
    fields[IN_PORT] = ntohs(from->v6.sin6_port);
    fields[IN_SCOPE] = from->v6.sin6_scope_id;
  } else {
    fields[IN_FAMILY] = 4;
    fields[IN_ADDRESS] = ntohl(from->v4.sin_addr.s_addr);
    fields[IN_ADDRESS + 1] = fields[IN_ADDRESS + 2] = fields[IN_ADDRESS + 3] = 0;
    fields[IN_PORT] = ntohs(from->v4.sin_port);
    fields[IN_SCOPE] = 0;
  }
}

static void map_v4(uint32_t word, struct in6_addr *address) {
  memset(address, 0, sizeof *address);
  address->s6_addr[10] = 0xff;
  address->s6_addr[11] = 0xff;
  uint32_t raw = htonl(word);
  memcpy(address->s6_addr + 12, &raw, 4);
}

/* Fills in a peer; 0 if the socket cannot reach its family. */
static socklen_t address_of(int socket_family, const double *fields, union address *to) {
  memset(to, 0, sizeof *to);
  bool is_v4 = fields[OUT_FAMILY] == 4;
  if (!is_v4 && fields[OUT_FAMILY] != 6) {
    return 0;
  }
  uint16_t port = htons((uint16_t)to_word(fields[OUT_PORT]));
  if (socket_family == AF_INET) {
    if (!is_v4) {
      return 0;
    }
    to->v4.sin_family = AF_INET;
    to->v4.sin_port = port;
    to->v4.sin_addr.s_addr = htonl(to_word(fields[OUT_ADDRESS]));
    return sizeof to->v4;
  }
  to->v6.sin6_family = AF_INET6;
  to->v6.sin6_port = port;
  if (is_v4) {
    map_v4(to_word(fields[OUT_ADDRESS]), &to->v6.sin6_addr);
  } else {
    v6_of_words(fields + OUT_ADDRESS, &to->v6.sin6_addr);
    to->v6.sin6_scope_id = to_word(fields[OUT_SCOPE]);
  }
  return sizeof to->v6;
}

/* Parses an IP address with an optional scope. */
static bool parse_address(const char *text, uint16_t port, union address *to, socklen_t *length) {
  memset(to, 0, sizeof *to);
  if (uv_ip4_addr(text, port, &to->v4) == 0) {
    *length = sizeof to->v4;
    return true;
  }
  memset(to, 0, sizeof *to);
  *length = sizeof to->v6;
  return uv_ip6_addr(text, port, &to->v6) == 0;
}

/* ---- Receiving ---- */

static void describe_local(struct msghdr *header, double *fields) {
  fields[IN_INTERFACE] = 0;
  fields[IN_LOCAL_FAMILY] = 0;
  for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c != NULL; c = CMSG_NXTHDR(header, c)) {
    if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
      struct in_pktinfo info;
      memcpy(&info, CMSG_DATA(c), sizeof info);
      fields[IN_INTERFACE] = info.ipi_ifindex;
      fields[IN_LOCAL_FAMILY] = 4;
      fields[IN_DESTINATION] = ntohl(info.ipi_addr.s_addr);
      fields[IN_LOCAL] = ntohl(info.ipi_spec_dst.s_addr);
    } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
      struct in6_pktinfo info;
      memcpy(&info, CMSG_DATA(c), sizeof info);
      fields[IN_INTERFACE] = info.ipi6_ifindex;
      fields[IN_LOCAL_FAMILY] = describe_v6(&info.ipi6_addr, fields + IN_DESTINATION);
      describe_v6(&info.ipi6_addr, fields + IN_LOCAL);
    }
  }
}

static void prepare(struct instance *shared, uint32_t at) {
  struct msghdr *header = &shared->incoming[at].msg_hdr;
  header->msg_namelen = sizeof shared->senders[at];
  header->msg_controllen = CONTROL_BYTES;
  header->msg_flags = 0;
}

static void prepare_all(struct instance *shared) {
  for (uint32_t at = 0; at < SLOTS; at += 1) {
    struct iovec *piece = shared->incoming_pieces + at;
    *piece = (struct iovec){shared->bytes + (size_t)at * SLOT_BYTES, SLOT_BYTES};
    struct msghdr *header = &shared->incoming[at].msg_hdr;
    header->msg_name = &shared->senders[at];
    header->msg_iov = piece;
    header->msg_iovlen = 1;
    header->msg_control = shared->incoming_controls[at].bytes;
    prepare(shared, at);
  }
}

/* Receives a batch into the shared buffers. Returns the number of datagrams, or a negative errno. */
static int receive_batch(struct batch_socket *self) {
  struct instance *shared = self->instance;
  int count;
  do {
    count = recvmmsg(self->fd, shared->incoming, SLOTS, MSG_DONTWAIT, NULL);
  } while (count < 0 && errno == EINTR);
  if (count < 0) {
    return errno == EAGAIN ? 0 : -errno;
  }
  for (uint32_t at = 0; at < (uint32_t)count; at += 1) {
    double *fields = shared->received + (size_t)at * FIELDS;
    fields[IN_LENGTH] = shared->incoming[at].msg_len;
    describe(&shared->senders[at], fields);
    describe_local(&shared->incoming[at].msg_hdr, fields);
    prepare(shared, at);
  }
  return count;
}

/* Calls the socket's callback. It may close the socket. */
static void call_back(struct batch_socket *self, int kind, int value) {
  napi_env env = self->env;
  napi_handle_scope scope;
  if (napi_open_handle_scope(env, &scope) != napi_ok) {
    return;
  }
  napi_value callback;
  napi_value global;
  napi_value arguments[2];
  if (napi_get_reference_value(env, self->callback, &callback) == napi_ok && callback != NULL &&
      napi_get_global(env, &global) == napi_ok &&
      napi_create_int32(env, kind, &arguments[0]) == napi_ok &&
      napi_create_int32(env, value, &arguments[1]) == napi_ok) {
    napi_status status = napi_make_callback(env, NULL, global, callback, 2, arguments, NULL);
    napi_value error;
    bool is_pending = false;
    /* Otherwise JavaScript can no longer run: the environment is about to end. */
    if (status == napi_pending_exception && napi_is_exception_pending(env, &is_pending) == napi_ok && is_pending &&
        napi_get_and_clear_last_exception(env, &error) == napi_ok) {
      napi_fatal_exception(env, error);
    }
  }
  napi_close_handle_scope(env, scope);
}

static void on_poll(uv_poll_t *handle, int status, int events);

static int watch(struct batch_socket *self) {
  int events = UV_READABLE | (self->awaits_writable ? UV_WRITABLE : 0);
  return uv_poll_start(&self->poll, events, on_poll);
}

/*
 * Number of repolls that may follow this wake-up. None if the socket before it was another one: while this thread
 * looks at one socket, datagrams wait at the others.
 */
static uint32_t allowed_repolls(struct batch_socket *self) {
  struct instance *shared = self->instance;
  bool is_alone = shared->woken == NULL || shared->woken == self;
  shared->woken = self;
  if (!is_alone) {
    return 0;
  }
  if (self->resting > 0) {
    self->resting -= 1;
    return 0;
  }
  return self->repolls;
}

static void repolled(struct batch_socket *self, bool is_vain) {
  self->vain = is_vain ? self->vain + 1 : 0;
  if (self->vain >= MAX_VAIN) {
    /* If the next series finds nothing either, another rest follows it. */
    self->vain = MAX_VAIN - 1;
    self->resting = RESTING_WAKE_UPS;
  }
}

static void on_readable(struct batch_socket *self) {
  uint32_t repolls = allowed_repolls(self);
  uint32_t idle = 0;
  for (int rounds = 0; rounds < MAX_ROUNDS && self->is_open; rounds += 1) {
    int count = receive_batch(self);
    if (count < 0) {
      call_back(self, FAILED, -count);
      return;
    }
    if (count > 0) {
      if (idle > 0) {
        repolled(self, false);
      }
      idle = 0;
      call_back(self, RECEIVED, count);
    } else {
      idle += 1;
    }
    if (count > FEW || repolls == 0) {
      return;
    }
    if (idle >= repolls) {
      repolled(self, true);
      return;
    }
  }
}

static void on_poll(uv_poll_t *handle, int status, int events) {
  struct batch_socket *self = handle->data;
  if (status < 0) {
    /* libuv stops polling a socket with an error, such as an ICMP message for a connected one. */
    int error = 0;
    socklen_t length = sizeof error;
    if (getsockopt(self->fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0) {
      call_back(self, FAILED, errno);
      return;
    }
    watch(self);
    if (error != 0) {
      call_back(self, FAILED, error);
    }
    return;
  }
  if (events & UV_READABLE) {
    on_readable(self);
  }
  if ((events & UV_WRITABLE) && self->is_open) {
    call_back(self, WRITABLE, 0);
  }
}

/* ---- Sending ---- */

/* Resolves one piece of a datagram; false if it is not within its buffer. */
static bool piece_of(struct instance *shared, uint32_t buffers, uint32_t slot, const double *fields,
                     struct iovec *piece) {
  double buffer = fields[0];
  size_t offset;
  size_t length;
  if (buffer == NO_BUFFER) {
    *piece = (struct iovec){NULL, 0};
    return true;
  }
  if (!to_size(fields[1], 9e15, &offset) || !to_size(fields[2], 9e15, &length)) {
    return false;
  }
  if (buffer == HEAD_SLOT) {
    *piece = (struct iovec){shared->heads + (size_t)slot * HEAD_BYTES, length};
    return offset == 0 && length <= HEAD_BYTES;
  }
  size_t index;
  if (!to_size(buffer, (double)buffers - 1, &index)) {
    return false;
  }
  size_t available = shared->buffers[index].length;
  if (offset > available || length > available - offset) {
    return false;
  }
  *piece = (struct iovec){shared->buffers[index].data == NULL ? NULL : shared->buffers[index].data + offset, length};
  return true;
}

/* Copies a short datagram to `to`, in one piece. Returns where the next one may go. */
static uint8_t *join(struct iovec *pieces, uint8_t *to) {
  size_t head = pieces[0].iov_len;
  size_t body = pieces[1].iov_len;
  if (head > JOINED_BYTES || body > JOINED_BYTES - head || head + body == 0) {
    return to;
  }
  if (head > 0) {
    memcpy(to, pieces[0].iov_base, head);
  }
  if (body > 0) {
    memcpy(to + head, pieces[1].iov_base, body);
  }
  pieces[0] = (struct iovec){to, head + body};
  pieces[1] = (struct iovec){NULL, 0};
  return to + head + body;
}

static bool has_same_path(const double *one, const double *other) {
  return memcmp(one, other, sizeof(double) * OUT_HEAD_BUFFER) == 0 &&
         memcmp(one + OUT_INTERFACE, other + OUT_INTERFACE, sizeof(double) * (OUT_FROM + 4 - OUT_INTERFACE)) == 0;
}

static void append_control(struct msghdr *header, union control *control, int level, int type, const void *data,
                           size_t length) {
  struct cmsghdr *c = (struct cmsghdr *)(void *)(control->bytes + header->msg_controllen);
  c->cmsg_level = level;
  c->cmsg_type = type;
  c->cmsg_len = CMSG_LEN(length);
  memcpy(CMSG_DATA(c), data, length);
  header->msg_control = control->bytes;
  header->msg_controllen += CMSG_SPACE(length);
}

/* True if a socket of this family can send from a datagram's source. */
static bool is_source(int socket_family, const double *fields) {
  double family = fields[OUT_FROM_FAMILY];
  return family == 0 || family == 4 || (family == 6 && socket_family == AF_INET6);
}

static void append_source(struct msghdr *header, union control *control, int socket_family, const double *fields) {
  if (fields[OUT_FROM_FAMILY] == 0 && fields[OUT_INTERFACE] == 0) {
    return;
  }
  if (socket_family == AF_INET) {
    struct in_pktinfo info = {.ipi_ifindex = (int)to_word(fields[OUT_INTERFACE])};
    info.ipi_spec_dst.s_addr = htonl(to_word(fields[OUT_FROM]));
    append_control(header, control, IPPROTO_IP, IP_PKTINFO, &info, sizeof info);
  } else {
    struct in6_pktinfo info = {.ipi6_ifindex = to_word(fields[OUT_INTERFACE])};
    if (fields[OUT_FROM_FAMILY] == 4) {
      map_v4(to_word(fields[OUT_FROM]), &info.ipi6_addr);
    } else {
      v6_of_words(fields + OUT_FROM, &info.ipi6_addr);
    }
    append_control(header, control, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof info);
  }
}

/*
 * Builds messages for the datagrams from `at` on. Consecutive ones of one length to one peer become one
 * message with GSO; only the last of them may be shorter. Those before `plain_until` do not use GSO. Invalid
 * ones are skipped. Returns the number of messages.
 */
static uint32_t build(struct batch_socket *self, uint32_t at, uint32_t count, uint32_t plain_until) {
  struct instance *shared = self->instance;
  uint32_t messages = 0;
  while (at < count) {
    if (shared->errors[at] != 0) {
      at += 1;
      continue;
    }
    const double *fields = shared->to_send + (size_t)at * FIELDS;
    struct iovec *pieces = shared->pieces + 2 * at;
    struct msghdr *header = &shared->messages[messages].msg_hdr;
    memset(&shared->messages[messages], 0, sizeof shared->messages[messages]);
    header->msg_iov = pieces;
    header->msg_iovlen = pieces[1].iov_len == 0 ? 1 : 2;
    shared->is_segmented[messages] = false;
    if (!self->is_connected) {
      header->msg_name = &shared->names[messages];
      header->msg_namelen = address_of(self->family, fields, &shared->names[messages]);
    }
    append_source(header, &shared->controls[messages], self->family, fields);
    size_t segment = pieces[0].iov_len + pieces[1].iov_len;
    uint32_t first = at;
    at += 1;
    if (segment > 0 && segment <= self->gso_limit && first >= plain_until) {
      size_t total = segment;
      bool is_whole = pieces[1].iov_len == 0;
      while (at < count && at - first < GSO_SEGMENTS && shared->errors[at] == 0 &&
             has_same_path(fields, shared->to_send + (size_t)at * FIELDS)) {
        size_t length = shared->pieces[2 * at].iov_len + shared->pieces[2 * at + 1].iov_len;
        if (length == 0 || length > segment || total + length > GSO_BYTES) {
          break;
        }
        const struct iovec *next = shared->pieces + 2 * at;
        is_whole = is_whole && next[1].iov_len == 0 && next[0].iov_base == (uint8_t *)pieces[0].iov_base + total;
        total += length;
        at += 1;
        if (length < segment) {
          break;
        }
      }
      if (at - first > 1) {
        uint16_t size = (uint16_t)segment;
        shared->is_segmented[messages] = true;
        if (is_whole) {
          shared->wholes[messages] = (struct iovec){pieces[0].iov_base, total};
          header->msg_iov = &shared->wholes[messages];
        } else {
          header->msg_iovlen = (size_t)2 * (at - first);
        }
        append_control(header, &shared->controls[messages], IPPROTO_UDP, UDP_SEGMENT, &size, sizeof size);
      }
    }
    shared->firsts[messages] = first;
    messages += 1;
    shared->firsts[messages] = at;
  }
  return messages;
}

/* Datagrams of this one's length or more no longer use GSO on this socket. */
static void lower_gso_limit(struct batch_socket *self, uint32_t datagram) {
  const struct iovec *pieces = self->instance->pieces + 2 * datagram;
  size_t length = pieces[0].iov_len + pieces[1].iov_len;
  if (length <= self->gso_limit) {
    self->gso_limit = length - 1;
  }
}

/*
 * True if an error may be caused by GSO: segments longer than the link carries (EMSGSIZE), or a route or device
 * without GSO (EINVAL, EIO). Other errors are the datagrams' own, or an earlier datagram's (ECONNREFUSED).
 */
static bool is_gso_error(int error) {
  return error == EMSGSIZE || error == EINVAL || error == EIO;
}

/* Returns the number of datagrams that are sent or in error; the rest has to wait for the kernel. */
static uint32_t send_all(struct batch_socket *self, uint32_t count) {
  struct instance *shared = self->instance;
  uint32_t plain_until = 0;
  bool is_gso_suspect = false;
  uint32_t at = 0;
  for (;;) {
    uint32_t messages = build(self, at, count, plain_until);
    uint32_t done = 0;
    bool is_rebuilt = false;
    while (done < messages && !is_rebuilt) {
      int sent = sendmmsg(self->fd, shared->messages + done, messages - done, MSG_DONTWAIT);
      uint32_t first = shared->firsts[done];
      if (sent > 0) {
        if (first < plain_until && is_gso_suspect) {
          /* Datagrams that failed with GSO are sent without it. The last one does not count: it may be shorter. */
          is_gso_suspect = false;
          lower_gso_limit(self, first);
        }
        done += (uint32_t)sent;
      } else if (errno == EAGAIN) {
        return first;
      } else if (errno != EINTR) {
        if (shared->is_segmented[done]) {
          is_gso_suspect = is_gso_error(errno);
          /* Too long, with or without GSO. */
          if (errno == EMSGSIZE) {
            lower_gso_limit(self, first);
          }
          at = first;
          plain_until = shared->firsts[done + 1];
          is_rebuilt = true;
        } else {
          shared->errors[first] = errno;
          done += 1;
        }
      }
    }
    if (!is_rebuilt) {
      return count;
    }
  }
}

static struct batch_socket *unwrap(napi_env env, napi_value value) {
  bool is_socket = false;
  struct batch_socket *self = NULL;
  napi_valuetype type;
  if (napi_typeof(env, value, &type) != napi_ok || type != napi_object ||
      napi_check_object_type_tag(env, value, &SOCKET_TAG, &is_socket) != napi_ok || !is_socket ||
      napi_unwrap(env, value, (void **)&self) != napi_ok) {
    return NULL;
  }
  return self;
}

/* True if a datagram may be sent to its receiver and from its source. */
static bool has_valid_path(struct batch_socket *self, const double *fields) {
  union address unused;
  size_t port;
  return is_source(self->family, fields) &&
         (self->is_connected ||
          (to_size(fields[OUT_PORT], UINT16_MAX, &port) && address_of(self->family, fields, &unused) > 0));
}

/* Finds the memory of a call's buffers; false with an exception. */
static bool read_buffers(napi_env env, struct instance *shared, napi_value buffers, uint32_t count) {
  for (uint32_t at = 0; at < count; at += 1) {
    napi_value buffer;
    bool is_buffer = false;
    shared->buffers[at].data = NULL;
    shared->buffers[at].length = 0;
    /* A detached buffer has no bytes. */
    if (napi_get_element(env, buffers, at, &buffer) != napi_ok ||
        napi_is_arraybuffer(env, buffer, &is_buffer) != napi_ok ||
        (is_buffer && napi_get_arraybuffer_info(env, buffer, (void **)&shared->buffers[at].data,
                                                &shared->buffers[at].length) != napi_ok)) {
      return false;
    }
  }
  return true;
}

/* send(socket, count, buffers, bufferCount): number of datagrams that need not wait. */
static napi_value send_batch(napi_env env, napi_callback_info info) {
  napi_value arguments[4];
  size_t given = 4;
  uint32_t count;
  uint32_t buffers;
  TRY(napi_get_cb_info(env, info, &given, arguments, NULL, NULL));
  struct batch_socket *self = given == 4 ? unwrap(env, arguments[0]) : NULL;
  if (self == NULL || napi_get_value_uint32(env, arguments[1], &count) != napi_ok || count > SLOTS ||
      napi_get_value_uint32(env, arguments[3], &buffers) != napi_ok || buffers > SLOTS * 2) {
    return throw_type_error(env, "send: expected a socket, a count, buffers and their number");
  }
  struct instance *shared = self->instance;
  if (!self->is_open) {
    memset(shared->errors, 0, SLOTS * sizeof(int32_t));
    return number(env, count);
  }
  if (!read_buffers(env, shared, arguments[2], buffers)) {
    return NULL;
  }
  uint8_t *room = shared->joined;
  for (uint32_t at = 0; at < count; at += 1) {
    const double *fields = shared->to_send + (size_t)at * FIELDS;
    struct iovec *pieces = shared->pieces + 2 * at;
    bool is_valid = piece_of(shared, buffers, at, fields + OUT_HEAD_BUFFER, &pieces[0]) &&
                    piece_of(shared, buffers, at, fields + OUT_BODY_BUFFER, &pieces[1]) && has_valid_path(self, fields);
    shared->errors[at] = is_valid ? 0 : EINVAL;
    if (is_valid) {
      room = join(pieces, room);
    }
  }
  return number(env, send_all(self, count));
}

/* Bodies of a series: the rest of the current piece of memory, and the pieces after it. */
struct bodies {
  struct iovec rest;
  uint32_t next;
  uint32_t count;
  uint32_t buffers;
};

/* Goes on to the next piece that has bytes, if there is one; false if a piece is not within its buffer. */
static bool refill(struct instance *shared, struct bodies *from) {
  while (from->rest.iov_len == 0 && from->next < from->count) {
    const double *fields = shared->to_send + (size_t)from->next * FIELDS + OUT_BODY_BUFFER;
    if (!piece_of(shared, from->buffers, 0, fields, &from->rest)) {
      return false;
    }
    from->next += 1;
  }
  return true;
}

/* Takes bytes from the current piece, at most as many as wanted. */
static struct iovec take(struct bodies *from, size_t wanted) {
  size_t length = wanted < from->rest.iov_len ? wanted : from->rest.iov_len;
  struct iovec taken = {length == 0 ? NULL : from->rest.iov_base, length};
  if (length > 0) {
    from->rest = (struct iovec){(uint8_t *)from->rest.iov_base + length, from->rest.iov_len - length};
  }
  return taken;
}

/*
 * Splits a series into its datagrams. The first one's fields hold the path and the length of each head; the heads are
 * packed at the start of their memory. The n-th one's fields hold the n-th piece of memory with bodies. False if these
 * are not within their memory, or do not have the lengths of the bodies.
 */
static bool split(struct instance *shared, uint32_t count, struct bodies *from, uint32_t body_bytes) {
  double *fields = shared->to_send;
  size_t head;
  if (!to_size(fields[OUT_HEAD_LENGTH], HEAD_BYTES, &head)) {
    return false;
  }
  uint8_t *room = shared->joined;
  for (uint32_t at = 0; at < count; at += 1) {
    if (!refill(shared, from)) {
      return false;
    }
    struct iovec *pieces = shared->pieces + 2 * at;
    pieces[0] = (struct iovec){shared->heads + at * head, head};
    pieces[1] = take(from, body_bytes);
    size_t length = pieces[1].iov_len;
    bool is_joined = head + body_bytes <= JOINED_BYTES;
    room = join(pieces, room);
    while (length < body_bytes && from->next < from->count) {
      if (!is_joined || !refill(shared, from)) {
        return false;
      }
      struct iovec more = take(from, body_bytes - length);
      if (more.iov_len > 0) {
        memcpy(room, more.iov_base, more.iov_len);
      }
      length += more.iov_len;
      room += more.iov_len;
      pieces[0].iov_len += more.iov_len;
    }
    if (length < body_bytes && at + 1 < count) {
      return false;
    }
  }
  if (!refill(shared, from) || from->rest.iov_len > 0) {
    return false;
  }
  for (uint32_t at = 1; at < count; at += 1) {
    memcpy(fields + (size_t)at * FIELDS, fields, FIELDS * sizeof(double));
  }
  return true;
}

/*
 * sendSeries(count, bodyBytes, buffer, otherBuffer), a function of a socket's object: number of datagrams that need not
 * wait. The bodies are in one or two pieces of memory; without a second one, `otherBuffer` is undefined.
 */
static napi_value send_series(napi_env env, napi_callback_info info) {
  enum { COUNT = 4 };
  napi_value a[COUNT];
  size_t given = COUNT;
  uint32_t count;
  uint32_t body_bytes;
  struct batch_socket *self = NULL;
  TRY(napi_get_cb_info(env, info, &given, a, NULL, (void **)&self));
  if (given != COUNT || napi_get_value_uint32(env, a[0], &count) != napi_ok || count == 0 || count > SLOTS ||
      napi_get_value_uint32(env, a[1], &body_bytes) != napi_ok) {
    return throw_type_error(env, "sendSeries: expected two numbers and two buffers");
  }
  struct instance *shared = self->instance;
  memset(shared->errors, 0, SLOTS * sizeof(int32_t));
  if (!self->is_open) {
    return number(env, count);
  }
  struct bodies bodies = {{NULL, 0}, 0, 0, 0};
  for (uint32_t at = 0; at < 2; at += 1) {
    bool is_buffer = false;
    TRY(napi_is_arraybuffer(env, a[2 + at], &is_buffer));
    if (is_buffer) {
      /* A detached buffer has no bytes. */
      TRY(napi_get_arraybuffer_info(env, a[2 + at], (void **)&shared->buffers[at].data, &shared->buffers[at].length));
      bodies.count = bodies.buffers = at + 1;
    } else {
      shared->buffers[at].data = NULL;
      shared->buffers[at].length = 0;
    }
  }
  if (!has_valid_path(self, shared->to_send) || !split(shared, count, &bodies, body_bytes)) {
    for (uint32_t at = 0; at < count; at += 1) {
      shared->errors[at] = EINVAL;
    }
    return number(env, count);
  }
  return number(env, send_all(self, count));
}

/* ---- Life of a socket ---- */

static void release(struct batch_socket *self) {
  if (self->references == 0 && !self->is_polled) {
    free(self);
  }
}

static void on_closed(uv_handle_t *handle) {
  struct batch_socket *self = handle->data;
  napi_remove_async_cleanup_hook(self->hook);
  self->is_polled = false;
  release(self);
}

static void shut(struct batch_socket *self) {
  if (!self->is_open) {
    return;
  }
  self->is_open = false;
  /* Stops polling at once. */
  uv_close((uv_handle_t *)&self->poll, on_closed);
  close(self->fd);
  napi_delete_reference(self->env, self->callback);
}

/* The environment ends; it waits until the hook is removed. */
static void on_end(napi_async_cleanup_hook_handle handle, void *data) {
  (void)handle;
  shut(data);
}

static void on_collected(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  struct batch_socket *self = data;
  self->references -= 1;
  release(self);
}

static bool set_number(int fd, int level, int option, int value) {
  return setsockopt(fd, level, option, &value, sizeof value) == 0;
}

/*
 * Leaves fragmentation to routers. IPv4: the MTU of the interface counts, not that of ICMP messages, which anyone can
 * forge to make this host split each datagram. IPv6, where routers do not fragment, needs those messages. Errors are
 * ignored: older kernels know only PMTUDISC_DONT, gVisor knows neither, and the socket works without the setting.
 */
static void allow_fragments(int fd, bool is_v6) {
  if (!set_number(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_OMIT)) {
    set_number(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT);
  }
  if (is_v6) {
    set_number(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DONT);
  }
}

/* Counts a JavaScript value that leads to a socket. */
static bool refer(struct batch_socket *self) {
  self->references += 1;
  return true;
}

struct terms {
  union address local;
  socklen_t local_length;
  union address peer;
  socklen_t peer_length;
  uint32_t flags;
  int32_t receive_bytes;
  int32_t send_bytes;
  char device[IFNAMSIZ + 1];
};

/* Sets the options of a socket and binds it. Returns 0, or the system call that failed. */
static int set_up(struct batch_socket *self, const struct terms *terms, bool is_inherited) {
  int fd = self->fd;
  bool is_v6 = self->family == AF_INET6;
  int level = is_v6 ? IPPROTO_IPV6 : IPPROTO_IP;
  uint32_t flags = terms->flags;
  if ((flags & REUSE_ADDR && !set_number(fd, SOL_SOCKET, SO_REUSEADDR, 1)) ||
      (flags & REUSE_PORT && !set_number(fd, SOL_SOCKET, SO_REUSEPORT, 1)) ||
      (flags & BROADCAST && !set_number(fd, SOL_SOCKET, SO_BROADCAST, 1)) ||
      (is_v6 && !is_inherited && !set_number(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1)) ||
      (flags & PACKET_INFO && !set_number(fd, level, is_v6 ? IPV6_RECVPKTINFO : IP_PKTINFO, 1)) ||
      (terms->receive_bytes > 0 && !set_number(fd, SOL_SOCKET, SO_RCVBUF, terms->receive_bytes)) ||
      (terms->send_bytes > 0 && !set_number(fd, SOL_SOCKET, SO_SNDBUF, terms->send_bytes)) ||
      (terms->device[0] != 0 && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, terms->device,
                                           (socklen_t)strlen(terms->device)) != 0)) {
    return CALL_SETSOCKOPT;
  }
  if (flags & FRAGMENT) {
    allow_fragments(fd, is_v6);
  }
  /* A size of 0 changes nothing; it fails if the kernel lacks GSO. */
  self->gso_limit = !(flags & NO_GSO) && set_number(fd, IPPROTO_UDP, UDP_SEGMENT, 0) ? GSO_BYTES : 0;
  if (!is_inherited && bind(fd, &terms->local.any, terms->local_length) != 0) {
    return CALL_BIND;
  }
  if (terms->peer_length > 0 && connect(fd, &terms->peer.any, terms->peer_length) != 0) {
    return CALL_CONNECT;
  }
  return 0;
}

/* Takes over a bound socket. Returns 0, or the system call that failed. */
static int inherit(struct batch_socket *self) {
  union address name;
  socklen_t length = sizeof name;
  int type = 0;
  socklen_t type_length = sizeof type;
  if (getsockopt(self->fd, SOL_SOCKET, SO_TYPE, &type, &type_length) != 0 ||
      getsockname(self->fd, &name.any, &length) != 0) {
    return CALL_GETSOCKNAME;
  }
  if (type != SOCK_DGRAM || (name.any.sa_family != AF_INET && name.any.sa_family != AF_INET6)) {
    errno = EINVAL;
    return CALL_GETSOCKNAME;
  }
  self->family = name.any.sa_family;
  int flags = fcntl(self->fd, F_GETFL);
  if (flags < 0 || fcntl(self->fd, F_SETFL, flags | O_NONBLOCK) != 0 || fcntl(self->fd, F_SETFD, FD_CLOEXEC) != 0) {
    return CALL_FCNTL;
  }
  return 0;
}

static napi_value failure(napi_env env, int call, int error) {
  return number(env, (double)call * ERRNO_RANGE + error);
}

/* Reads a text of at most size - 1 bytes; false if it is longer or has a NUL. */
static bool read_text(napi_env env, napi_value value, char *text, size_t size) {
  size_t length = 0;
  if (napi_get_value_string_utf8(env, value, NULL, 0, &length) != napi_ok || length >= size ||
      napi_get_value_string_utf8(env, value, text, size, &length) != napi_ok) {
    return false;
  }
  return strlen(text) == length;
}

static bool read_address(napi_env env, napi_value text, napi_value port, union address *to, socklen_t *length) {
  char buffer[128];
  uint32_t number = 0;
  return read_text(env, text, buffer, sizeof buffer) && napi_get_value_uint32(env, port, &number) == napi_ok &&
         number <= UINT16_MAX && parse_address(buffer, (uint16_t)number, to, length);
}

/*
 * open(callback, address, port, fd, flags, receiveBytes, sendBytes, device, peerAddress, peerPort, repolls):
 * a socket, or the number of a failure. `fd` is -1 for a new socket; `peerAddress` is empty for none.
 */
static napi_value open_socket(napi_env env, napi_callback_info info) {
  enum { COUNT = 11 };
  napi_value a[COUNT];
  size_t given = COUNT;
  struct instance *shared = NULL;
  TRY(napi_get_cb_info(env, info, &given, a, NULL, NULL));
  TRY(napi_get_instance_data(env, (void **)&shared));
  struct terms terms;
  memset(&terms, 0, sizeof terms);
  int32_t fd;
  uint32_t repolls;
  char peer[128];
  napi_valuetype type;
  if (given != COUNT || napi_typeof(env, a[0], &type) != napi_ok || type != napi_function ||
      napi_get_value_int32(env, a[3], &fd) != napi_ok || napi_get_value_uint32(env, a[4], &terms.flags) != napi_ok ||
      napi_get_value_int32(env, a[5], &terms.receive_bytes) != napi_ok ||
      napi_get_value_int32(env, a[6], &terms.send_bytes) != napi_ok ||
      !read_text(env, a[7], terms.device, sizeof terms.device) || !read_text(env, a[8], peer, sizeof peer) ||
      napi_get_value_uint32(env, a[10], &repolls) != napi_ok) {
    return throw_type_error(env, "open: invalid argument");
  }
  if ((fd < 0 && !read_address(env, a[1], a[2], &terms.local, &terms.local_length)) ||
      (peer[0] != 0 && !read_address(env, a[8], a[9], &terms.peer, &terms.peer_length))) {
    return failure(env, CALL_BIND, EINVAL);
  }
  uv_loop_t *loop;
  TRY(napi_get_uv_event_loop(env, &loop));

  struct batch_socket *self = calloc(1, sizeof *self);
  if (self == NULL) {
    return failure(env, CALL_SOCKET, ENOMEM);
  }
  self->env = env;
  self->instance = shared;
  self->repolls = repolls;
  self->is_connected = terms.peer_length > 0;
  self->family = terms.local.any.sa_family;
  self->fd = fd >= 0 ? fd : socket(self->family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (self->fd < 0) {
    int error = errno;
    free(self);
    return failure(env, CALL_SOCKET, error);
  }
  int call = fd >= 0 ? inherit(self) : 0;
  if (call == 0) {
    call = set_up(self, &terms, fd >= 0);
  }
  int error = call == 0 ? 0 : errno;
  if (error == 0) {
    /* Fails if another handle of this loop polls the descriptor. */
    int status = uv_poll_init(loop, &self->poll, self->fd);
    call = CALL_POLL;
    error = -status;
  }
  if (error != 0) {
    /* An inherited descriptor still belongs to the caller. */
    if (fd < 0) {
      close(self->fd);
    }
    free(self);
    return failure(env, call, error);
  }
  self->poll.data = self;
  self->is_open = true;
  self->is_polled = true;
  napi_value object;
  napi_value function;
  if (napi_add_async_cleanup_hook(env, on_end, self, &self->hook) != napi_ok ||
      napi_create_reference(env, a[0], 1, &self->callback) != napi_ok || napi_create_object(env, &object) != napi_ok ||
      napi_type_tag_object(env, object, &SOCKET_TAG) != napi_ok ||
      napi_wrap(env, object, self, on_collected, NULL, NULL) != napi_ok || !refer(self) ||
      napi_create_function(env, "sendSeries", NAPI_AUTO_LENGTH, send_series, self, &function) != napi_ok ||
      napi_add_finalizer(env, function, self, on_collected, NULL, NULL) != napi_ok || !refer(self) ||
      napi_set_named_property(env, object, "sendSeries", function) != napi_ok || watch(self) != 0) {
    /* Out of memory; the end of the environment closes it. */
    napi_throw_error(env, NULL, "open: out of memory");
    return NULL;
  }
  return object;
}

/* local(socket): writes the bound address to `parsed` and returns the port, or a negative errno. */
static napi_value local_address(napi_env env, napi_callback_info info) {
  napi_value argument;
  size_t given = 1;
  TRY(napi_get_cb_info(env, info, &given, &argument, NULL, NULL));
  struct batch_socket *self = given == 1 ? unwrap(env, argument) : NULL;
  if (self == NULL) {
    return throw_type_error(env, "local: expected a socket");
  }
  union address name;
  socklen_t length = sizeof name;
  if (!self->is_open || getsockname(self->fd, &name.any, &length) != 0) {
    return number(env, -(double)(self->is_open ? errno : EBADF));
  }
  double *parsed = self->instance->parsed;
  if (name.any.sa_family == AF_INET6) {
    parsed[0] = 6;
    words_of_v6(&name.v6.sin6_addr, parsed + 1);
    parsed[5] = name.v6.sin6_scope_id;
    return number(env, ntohs(name.v6.sin6_port));
  }
  parsed[0] = 4;
  parsed[1] = ntohl(name.v4.sin_addr.s_addr);
  return number(env, ntohs(name.v4.sin_port));
}

static napi_value close_socket(napi_env env, napi_callback_info info) {
  napi_value argument;
  size_t given = 1;
  TRY(napi_get_cb_info(env, info, &given, &argument, NULL, NULL));
  struct batch_socket *self = given == 1 ? unwrap(env, argument) : NULL;
  if (self == NULL) {
    return throw_type_error(env, "close: expected a socket");
  }
  shut(self);
  return NULL;
}

/* watch(socket, awaitsWritable, isReferenced) */
static napi_value set_watching(napi_env env, napi_callback_info info) {
  napi_value arguments[3];
  size_t given = 3;
  bool awaits_writable;
  bool is_referenced;
  TRY(napi_get_cb_info(env, info, &given, arguments, NULL, NULL));
  struct batch_socket *self = given == 3 ? unwrap(env, arguments[0]) : NULL;
  if (self == NULL || napi_get_value_bool(env, arguments[1], &awaits_writable) != napi_ok ||
      napi_get_value_bool(env, arguments[2], &is_referenced) != napi_ok) {
    return throw_type_error(env, "watch: expected a socket and two booleans");
  }
  if (self->is_open) {
    self->awaits_writable = awaits_writable;
    watch(self);
    if (is_referenced) {
      uv_ref((uv_handle_t *)&self->poll);
    } else {
      uv_unref((uv_handle_t *)&self->poll);
    }
  }
  return NULL;
}

/* parse(address): true if it is an IP address; its family, words and scope are then in `parsed`. */
static napi_value parse(napi_env env, napi_callback_info info) {
  napi_value argument;
  size_t given = 1;
  struct instance *shared = NULL;
  char text[128];
  union address to;
  socklen_t length;
  TRY(napi_get_cb_info(env, info, &given, &argument, NULL, NULL));
  TRY(napi_get_instance_data(env, (void **)&shared));
  bool is_valid = given == 1 && read_text(env, argument, text, sizeof text) && parse_address(text, 0, &to, &length);
  if (is_valid) {
    double fields[FIELDS] = {0};
    describe(&to, fields);
    shared->parsed[0] = fields[IN_FAMILY];
    memcpy(shared->parsed + 1, fields + IN_ADDRESS, 4 * sizeof(double));
    shared->parsed[5] = fields[IN_SCOPE];
  }
  napi_value result;
  TRY(napi_get_boolean(env, is_valid, &result));
  return result;
}

/* format(w0, w1, w2, w3, scope): text of an IPv6 address, with its scope if it is link-local. */
static napi_value format(napi_env env, napi_callback_info info) {
  napi_value arguments[5];
  size_t given = 5;
  double words[5];
  TRY(napi_get_cb_info(env, info, &given, arguments, NULL, NULL));
  for (size_t at = 0; at < 5; at += 1) {
    if (given != 5 || napi_get_value_double(env, arguments[at], &words[at]) != napi_ok) {
      return throw_type_error(env, "format: expected five numbers");
    }
  }
  struct sockaddr_in6 address;
  memset(&address, 0, sizeof address);
  v6_of_words(words, &address.sin6_addr);
  char text[INET6_ADDRSTRLEN + 1 + IFNAMSIZ];
  if (uv_ip6_name(&address, text, INET6_ADDRSTRLEN) != 0) {
    text[0] = 0;
  }
  uint32_t scope = to_word(words[4]);
  char device[IFNAMSIZ];
  if (scope != 0 && IN6_IS_ADDR_LINKLOCAL(&address.sin6_addr) && if_indextoname(scope, device) != NULL) {
    size_t end = strlen(text);
    text[end] = '%';
    memcpy(text + end + 1, device, strlen(device) + 1);
  }
  napi_value result;
  TRY(napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &result));
  return result;
}

/* ---- Module ---- */

/* Creates a typed array of the module, which is never collected. Returns its memory. */
static void *shared_array(napi_env env, napi_value exports, const char *name, napi_typedarray_type type, size_t length,
                          size_t bytes) {
  napi_value buffer;
  napi_value array;
  napi_ref reference;
  void *data = NULL;
  if (napi_create_arraybuffer(env, bytes, &data, &buffer) != napi_ok ||
      napi_create_typedarray(env, type, length, buffer, 0, &array) != napi_ok ||
      napi_create_reference(env, buffer, 1, &reference) != napi_ok ||
      napi_set_named_property(env, exports, name, array) != napi_ok) {
    return NULL;
  }
  return data;
}

static double *numbers(napi_env env, napi_value exports, const char *name, size_t length) {
  return shared_array(env, exports, name, napi_float64_array, length, length * sizeof(double));
}

static uint8_t *bytes(napi_env env, napi_value exports, const char *name, size_t length) {
  return shared_array(env, exports, name, napi_uint8_array, length, length);
}

static void end_instance(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  free(data);
}

NAPI_MODULE_INIT() {
  struct instance *shared = calloc(1, sizeof *shared);
  if (shared == NULL || napi_set_instance_data(env, shared, end_instance, NULL) != napi_ok) {
    free(shared);
    return NULL;
  }
  shared->received = numbers(env, exports, "received", (size_t)SLOTS * FIELDS);
  shared->to_send = numbers(env, exports, "toSend", (size_t)SLOTS * FIELDS);
  shared->parsed = numbers(env, exports, "parsed", 6);
  shared->errors = shared_array(env, exports, "errors", napi_int32_array, SLOTS, SLOTS * sizeof(int32_t));
  shared->bytes = bytes(env, exports, "bytes", (size_t)SLOTS * SLOT_BYTES);
  shared->heads = bytes(env, exports, "heads", (size_t)SLOTS * HEAD_BYTES);
  if (shared->received == NULL || shared->to_send == NULL || shared->parsed == NULL || shared->errors == NULL ||
      shared->bytes == NULL || shared->heads == NULL) {
    return NULL;
  }
  prepare_all(shared);
  const napi_property_descriptor functions[] = {
      {"open", NULL, open_socket, NULL, NULL, NULL, napi_enumerable, NULL},
      {"send", NULL, send_batch, NULL, NULL, NULL, napi_enumerable, NULL},
      {"close", NULL, close_socket, NULL, NULL, NULL, napi_enumerable, NULL},
      {"watch", NULL, set_watching, NULL, NULL, NULL, napi_enumerable, NULL},
      {"local", NULL, local_address, NULL, NULL, NULL, napi_enumerable, NULL},
      {"parse", NULL, parse, NULL, NULL, NULL, napi_enumerable, NULL},
      {"format", NULL, format, NULL, NULL, NULL, napi_enumerable, NULL},
  };
  TRY(napi_define_properties(env, exports, sizeof functions / sizeof functions[0], functions));
  napi_value abi;
  napi_value built_from;
  TRY(napi_create_string_utf8(env, BUILT_AS, NAPI_AUTO_LENGTH, &built_from));
  TRY(napi_set_named_property(env, exports, "builtFrom", built_from));
  TRY(napi_create_uint32(env, ABI, &abi));
  TRY(napi_set_named_property(env, exports, "abi", abi));
  return exports;
}
