/*
 * Many WebSockets that count, and one of them that publishes: the load of the bench, lean enough not to be what is measured.
 *
 *   wire-client <port> <publisher port> <sockets> <first number> <path> <subprotocol> <hello> <ready> <template>
 *
 * Connects <sockets> WebSockets to 127.0.0.1:<port> at <path> ("#" becomes the number of the
 * socket, counted from <first number>), says <hello> on each, and waits until each has
 * been told a frame that begins with <ready>. An empty word leaves a step out. The first socket publishes; where <publisher port> is
 * another one, an additional socket to it does, whose deliveries are not counted. <template> is the frame that publishes: "@N" becomes the
 * number of the message, "@T" its intended time in 19 digits of nanoseconds.
 *
 * Prints {"event":"connected"} and then obeys one line on stdin after the other:
 *
 *   closed <messages in flight> <warm-up ms> <ms>   a message is done when every socket has it; so many are kept outstanding
 *   open <messages per second> <burst> <warm-up ms> <ms>   messages at intended times, <burst> at a time, whatever the server does
 *
 * While a message is under way, which some sockets have had and others not, it looks for the next delivery without sleeping, LOOK_NS at most.
 * closed and open print {"event":"begin"} and {"event":"end"} at the edges of what is measured, and then one line of results. Ends with stdin.
 * A frame counts as a message if its payload has at least MESSAGE_BYTES_MIN bytes. Time is CLOCK_MONOTONIC, which all processes share.
 *
 * Not handled: TLS, extensions, fragmented messages (counted as nothing), and the check of Sec-WebSocket-Accept. Frames are masked with the
 * key 0, which the protocol allows and which spares this side the work, not the server.
 */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define MESSAGE_BYTES_MIN 180
#define CONNECTING_MAX 64
#define CONNECT_MS_MAX 120000
#define EVENTS_MAX 64
#define READ_BYTES_MAX (1 << 20)
/* Messages that the fastest socket may be ahead of the slowest; a power of two above every window. */
#define AHEAD_MAX 8192
/* Without any delivery for so long, a closed loop has lost a message. */
#define STALL_NS 2000000000ull
/* What is owed after an open loop is waited for no longer. */
#define DRAIN_NS 3000000000ull
/* So long after a delivery the next one of the same message is looked for without sleeping. */
#define LOOK_NS 1000000ull
#define STDIN_TAG UINT32_MAX
#define TIMER_TAG (UINT32_MAX - 1)

enum state { CONNECTING, UPGRADING, JOINING, READY, CLOSED };

struct link {
  int fd;
  enum state state;
  uint32_t messages;
  uint32_t carried;
  uint32_t carryRoom;
  uint8_t *carry;
};

static struct link *links;
static uint32_t linkCount, receiverCount, readyCount, closedCount, begunCount, connecting;
static int poller, timer;
static uint8_t *inbox;

static struct { int port, publisherPort; uint32_t firstNumber; const char *path, *protocol, *hello, *ready, *template; } options;

/* What is being measured. */
static enum { IDLE, CLOSED_LOOP, OPEN_LOOP } loop;
static int isMeasuring;
static uint32_t window, arrived[AHEAD_MAX];
static uint64_t published, completed, received, deliveries, payloadBytes, lastDeliveryNs, lookingNs;
static uint64_t openBeginNs, openEndNs, openFirstNs, openEveryNs, openDue, openMessages, openBurst, openDeliveries;

static char *outbox;
static size_t outboxBytes, outboxSent, outboxRoom;

/* Log-linear: 128 steps for each doubling of microseconds, exact to 0.8 %. */
#define STEPS 128
static uint64_t latencies[STEPS * 40];

static void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fputc('\n', stderr);
  exit(1);
}

static uint64_t clockNs(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (uint64_t)now.tv_sec * 1000000000ull + (uint64_t)now.tv_nsec;
}

static uint64_t nowNs(void) {
  return clockNs(CLOCK_MONOTONIC);
}

static void say(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vprintf(format, arguments);
  va_end(arguments);
  putchar('\n');
  fflush(stdout);
}

/* Latencies ------------------------------------------------------------------------------------------------------------ */

static uint32_t bucketOf(uint64_t us) {
  if (us < STEPS) return (uint32_t)us;
  uint32_t shift = 63 - (uint32_t)__builtin_clzll(us) - 7;
  uint32_t bucket = (shift + 1) * STEPS + (uint32_t)((us >> shift) - STEPS);
  return bucket < STEPS * 40 ? bucket : STEPS * 40 - 1;
}

/* The middle of a bucket, in microseconds. */
static double valueOf(uint32_t bucket) {
  if (bucket < STEPS) return bucket;
  uint32_t shift = bucket / STEPS - 1;
  return (double)((uint64_t)(STEPS + bucket % STEPS) << shift) + (double)(1ull << shift) / 2;
}

/* In milliseconds; a quantile that lies among `owed` deliveries which never came is printed as null. */
static void sayQuantile(const char *name, double quantile, uint64_t owed) {
  uint64_t rank = (uint64_t)(quantile * (double)owed), seen = 0;
  for (uint32_t bucket = 0; bucket < STEPS * 40; bucket++) {
    seen += latencies[bucket];
    if (seen > rank) {
      printf(",\"%s\":%.3f", name, valueOf(bucket) / 1000);
      return;
    }
  }
  printf(",\"%s\":null", name);
}

/* Sending -------------------------------------------------------------------------------------------------------------- */

static size_t frameHeader(uint8_t *to, uint8_t opcode, size_t length) {
  size_t at = 0;
  to[at++] = 0x80 | opcode;
  if (length < 126) to[at++] = 0x80 | (uint8_t)length;
  else {
    to[at++] = 0x80 | 126;
    to[at++] = (uint8_t)(length >> 8);
    to[at++] = (uint8_t)length;
  }
  memset(to + at, 0, 4);
  return at + 4;
}

static void sendFrame(struct link *link, uint8_t opcode, const char *payload, size_t length) {
  uint8_t frame[4096];
  if (length + 8 > sizeof frame) fail("a frame of %zu bytes is longer than this program sends", length);
  size_t at = frameHeader(frame, opcode, length);
  memcpy(frame + at, payload, length);
  if (send(link->fd, frame, at + length, MSG_NOSIGNAL) != (ssize_t)(at + length)) fail("a short frame was not taken by the kernel");
}

/* The template with its marks replaced. Returns its length. */
static size_t fillIn(char *to, size_t room, uint32_t number, uint64_t intendedNs) {
  size_t at = 0;
  for (const char *from = options.template; *from; from++) {
    if (at + 24 > room) fail("the template is too long");
    if (from[0] == '@' && from[1] == 'N') at += (size_t)sprintf(to + at, "%u", number), from++;
    else if (from[0] == '@' && from[1] == 'T') at += (size_t)sprintf(to + at, "%019llu", (unsigned long long)intendedNs), from++;
    else to[at++] = *from;
  }
  return at;
}

static void publish(uint64_t intendedNs) {
  char payload[4096];
  static uint32_t number;
  size_t length = fillIn(payload, sizeof payload, ++number, intendedNs);
  if (outboxBytes + length + 16 > outboxRoom) {
    outboxRoom = 2 * outboxRoom + length + 65536;
    outbox = realloc(outbox, outboxRoom);
  }
  outboxBytes += frameHeader((uint8_t *)outbox + outboxBytes, 1, length);
  memcpy(outbox + outboxBytes, payload, length);
  outboxBytes += length;
  published++;
}

/* All that was published since the last time goes out as one write, as from a client that has several things to say. */
static void flush(void) {
  if (outboxSent == outboxBytes) return;
  struct link *publisher = &links[receiverCount == linkCount ? 0 : receiverCount];
  ssize_t sent = send(publisher->fd, outbox + outboxSent, outboxBytes - outboxSent, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent > 0) outboxSent += (size_t)sent;
  if (outboxSent == outboxBytes) outboxSent = outboxBytes = 0;
}

/* Receiving ------------------------------------------------------------------------------------------------------------ */

static void noteLatency(const uint8_t *payload, size_t length, uint64_t receivedNs) {
  const uint8_t *mark = memmem(payload, length, "~t", 2);
  if (mark == NULL || (size_t)(payload + length - mark) < 21) return;
  uint64_t intendedNs = 0;
  for (int digit = 2; digit < 21; digit++) intendedNs = intendedNs * 10 + (uint64_t)(mark[digit] - '0');
  if (intendedNs < openBeginNs || intendedNs >= openEndNs) return;
  openDeliveries++;
  latencies[bucketOf((receivedNs - intendedNs) / 1000)]++;
}

static void receiveMessage(struct link *link, const uint8_t *payload, size_t length, uint64_t receivedNs) {
  if (link >= links + receiverCount) return;
  uint32_t place = link->messages++ % AHEAD_MAX;
  lastDeliveryNs = receivedNs;
  received++;
  if (isMeasuring) deliveries++, payloadBytes += length;
  if (loop == OPEN_LOOP) noteLatency(payload, length, receivedNs);
  else if (++arrived[place] == receiverCount) arrived[place] = 0, completed++;
}

static void becomeReady(struct link *link) {
  link->state = READY;
  readyCount++;
}

static void receiveFrame(struct link *link, uint8_t opcode, const uint8_t *payload, size_t length, uint64_t receivedNs) {
  if (opcode == 9) sendFrame(link, 10, (const char *)payload, length);
  else if (opcode == 8) fail("the server closed a socket with code %d after %u of %u were ready", length >= 2 ? payload[0] << 8 | payload[1] : 0, readyCount, linkCount);
  else if (link->state == JOINING && length >= strlen(options.ready) && memcmp(payload, options.ready, strlen(options.ready)) == 0) becomeReady(link);
  /* Engine.IO's own ping and pong, see its protocol. */
  else if (length == 1 && payload[0] == '2') sendFrame(link, 1, "3", 1);
  else if (length >= MESSAGE_BYTES_MIN) receiveMessage(link, payload, length, receivedNs);
}

/* Takes whole frames; returns how many bytes were taken. */
static size_t takeFrames(struct link *link, const uint8_t *bytes, size_t length, uint64_t receivedNs) {
  size_t at = 0;
  while (length - at >= 2) {
    const uint8_t *frame = bytes + at;
    size_t header = 2, payload = frame[1] & 127;
    if (payload == 126) {
      if (length - at < 4) break;
      payload = (size_t)frame[2] << 8 | frame[3];
      header = 4;
    } else if (payload == 127) {
      if (length - at < 10) break;
      payload = 0;
      for (int byte = 2; byte < 10; byte++) payload = payload << 8 | frame[byte];
      header = 10;
    }
    if (length - at < header + payload) break;
    receiveFrame(link, frame[0] & 15, frame + header, payload, receivedNs);
    at += header + payload;
  }
  return at;
}

static size_t takeUpgrade(struct link *link, uint8_t *bytes, size_t length) {
  uint8_t *end = memmem(bytes, length, "\r\n\r\n", 4);
  if (end == NULL) return 0;
  if (memcmp(bytes, "HTTP/1.1 101", 12) != 0) fail("the upgrade was refused: %.*s", (int)(length < 200 ? length : 200), bytes);
  if (options.hello[0] != 0) sendFrame(link, 1, options.hello, strlen(options.hello));
  link->state = JOINING;
  if (options.ready[0] == 0) becomeReady(link);
  connecting--;
  return (size_t)(end - bytes) + 4;
}

/* Reads once: what is still there comes with the next round, and nobody is kept waiting by one busy socket. */
static void receive(struct link *link) {
  memcpy(inbox, link->carry, link->carried);
  ssize_t got = recv(link->fd, inbox + link->carried, READ_BYTES_MAX - link->carried, 0);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) {
    if (loop == IDLE) fail("the server ended a connection after %u of %u were ready", readyCount, linkCount);
    link->state = CLOSED;
    closedCount++;
    close(link->fd);
    return;
  }
  size_t length = link->carried + (size_t)got, at = 0;
  if (link->state == UPGRADING) at = takeUpgrade(link, inbox, length);
  if (link->state != UPGRADING) at += takeFrames(link, inbox + at, length - at, nowNs());
  link->carried = (uint32_t)(length - at);
  if (link->carried > link->carryRoom) {
    link->carryRoom = link->carried;
    link->carry = realloc(link->carry, link->carryRoom);
  }
  memcpy(link->carry, inbox + at, link->carried);
}

/* Connecting ----------------------------------------------------------------------------------------------------------- */

static void watch(int fd, uint32_t tag, uint32_t events, int operation) {
  struct epoll_event event = {.events = events, .data.u32 = tag};
  if (epoll_ctl(poller, operation, fd, &event) != 0) fail("epoll_ctl: %s", strerror(errno));
}

static void beginConnect(uint32_t index) {
  struct link *link = &links[index];
  int one = 1;
  link->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (link->fd < 0) fail("no socket for connection %u: %s. Raise the limit of open files: ulimit -n 20000", index, strerror(errno));
  setsockopt(link->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  int port = index < receiverCount ? options.port : options.publisherPort;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (connect(link->fd, (struct sockaddr *)&address, sizeof address) != 0 && errno != EINPROGRESS) fail("connect: %s", strerror(errno));
  link->state = CONNECTING;
  watch(link->fd, index, EPOLLOUT, EPOLL_CTL_ADD);
  connecting++;
}

static void requestUpgrade(uint32_t index) {
  struct link *link = &links[index];
  int error = 0;
  socklen_t length = sizeof error;
  getsockopt(link->fd, SOL_SOCKET, SO_ERROR, &error, &length);
  if (error != 0) fail("connection %u: %s", index, strerror(error));
  char request[1024], number[16];
  const char *mark = strchr(options.path, '#');
  snprintf(number, sizeof number, "%u", options.firstNumber + index);
  int before = mark == NULL ? (int)strlen(options.path) : (int)(mark - options.path);
  int written = snprintf(request, sizeof request, "GET %.*s%s%s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s%s%s\r\n",
    before, options.path, mark == NULL ? "" : number, mark == NULL ? "" : mark + 1,
    options.protocol[0] == 0 ? "" : "Sec-WebSocket-Protocol: ", options.protocol, options.protocol[0] == 0 ? "" : "\r\n");
  if (send(link->fd, request, (size_t)written, MSG_NOSIGNAL) != written) fail("connection %u: the request was not taken: %s", index, strerror(errno));
  link->state = UPGRADING;
  watch(link->fd, index, EPOLLIN, EPOLL_CTL_MOD);
}

/* Loops ---------------------------------------------------------------------------------------------------------------- */

static void armTimer(uint64_t atNs) {
  struct itimerspec at = {.it_value = {.tv_sec = (time_t)(atNs / 1000000000ull), .tv_nsec = (long)(atNs % 1000000000ull)}};
  timerfd_settime(timer, TFD_TIMER_ABSTIME, &at, NULL);
}

static void clearInterrupts(void) {
  uint64_t expirations;
  if (read(timer, &expirations, sizeof expirations) < 0 && errno != EAGAIN) fail("timerfd: %s", strerror(errno));
}

/* Some sockets have had a message that others have not had yet. */
static int isUnderWay(void) {
  return loop != IDLE && received % receiverCount != 0;
}

/*
 * Looks again and again for what is under way, so that the server does not pay for waking this process with each of its writes: a receiver on
 * another machine costs it nothing. Others on this core go first. Only the CPU time of looks in vain is added up, since a receiver that sleeps
 * would not have spent it. Returns the number of events.
 */
static int look(struct epoll_event *events) {
  uint64_t beganNs = clockNs(CLOCK_THREAD_CPUTIME_ID), lookNs = beganNs;
  int count = 0;
  while (count == 0 && nowNs() < lastDeliveryNs + LOOK_NS) {
    sched_yield();
    lookNs = clockNs(CLOCK_THREAD_CPUTIME_ID);
    count = epoll_wait(poller, events, EVENTS_MAX, 0);
  }
  if (isMeasuring) lookingNs += lookNs - beganNs;
  return count;
}

/* One round of events; waits for at most `msMax`. Returns 1 if there is a line on stdin. */
static int turn(int msMax) {
  struct epoll_event events[EVENTS_MAX];
  int count = epoll_wait(poller, events, EVENTS_MAX, 0), isTold = 0;
  if (count == 0 && msMax != 0 && isUnderWay()) count = look(events);
  if (count == 0 && msMax != 0) count = epoll_wait(poller, events, EVENTS_MAX, msMax);
  for (int event = 0; event < count; event++) {
    uint32_t tag = events[event].data.u32;
    if (tag == STDIN_TAG) isTold = 1;
    else if (tag == TIMER_TAG) clearInterrupts();
    else if (links[tag].state == CONNECTING) requestUpgrade(tag);
    else if (links[tag].state != CLOSED) receive(&links[tag]);
  }
  return isTold;
}

static void beginMeasuring(void) {
  isMeasuring = 1;
  deliveries = payloadBytes = lookingNs = 0;
  say("{\"event\":\"begin\"}");
}

static void endMeasuring(void) {
  isMeasuring = 0;
  say("{\"event\":\"end\"}");
}

static void sayCommon(double seconds) {
  printf("{\"event\":\"result\",\"seconds\":%.6f,\"deliveries\":%llu,\"payloadBytes\":%.1f,\"closed\":%u,\"lookingSeconds\":%.6f", seconds,
    (unsigned long long)deliveries, deliveries == 0 ? 0.0 : (double)payloadBytes / (double)deliveries, closedCount, (double)lookingNs / 1e9);
}

static void runClosed(uint32_t inFlight, uint64_t warmUpMs, uint64_t ms) {
  uint64_t startedNs = nowNs(), beginNs = startedNs + warmUpMs * 1000000, endNs = beginNs + ms * 1000000, now = startedNs;
  memset(arrived, 0, sizeof arrived);
  for (uint32_t index = 0; index < linkCount; index++) links[index].messages = 0;
  published = completed = received = 0;
  window = inFlight;
  loop = CLOSED_LOOP;
  lastDeliveryNs = startedNs;
  int isStalled = 0, isEnded = 0;
  while (!isStalled && closedCount == 0 && !(isEnded && completed == published)) {
    if (!isEnded) while (published - completed < window) publish(now);
    flush();
    turn(outboxSent == outboxBytes ? 10 : 0);
    now = nowNs();
    if (!isMeasuring && !isEnded && now >= beginNs) beginNs = now, beginMeasuring();
    if (isMeasuring && now >= endNs) endNs = now, isEnded = 1, endMeasuring();
    isStalled = now > lastDeliveryNs + STALL_NS;
  }
  if (isMeasuring) endNs = now, endMeasuring();
  loop = IDLE;
  sayCommon((double)(endNs - beginNs) / 1e9);
  say(",\"stalled\":%s,\"messages\":%llu}", isStalled || closedCount > 0 ? "true" : "false", (unsigned long long)completed);
}

static void runOpen(double perSecond, uint32_t burst, uint64_t warmUpMs, uint64_t ms) {
  uint64_t now = nowNs();
  openFirstNs = now + 1000000;
  openEveryNs = (uint64_t)(1e9 * burst / perSecond);
  openBeginNs = openFirstNs + warmUpMs * 1000000;
  openEndNs = openBeginNs + ms * 1000000;
  openBurst = burst;
  openDue = openMessages = openDeliveries = received = 0;
  memset(latencies, 0, sizeof latencies);
  loop = OPEN_LOOP;
  uint64_t drainedNs = openEndNs + DRAIN_NS;
  double seconds = 0;
  uint64_t begunNs = 0;
  while (now < drainedNs && closedCount == 0 && !(now >= openEndNs && openDeliveries >= openMessages * receiverCount)) {
    uint64_t dueNs = openFirstNs + openDue * openEveryNs;
    while (dueNs <= now && dueNs < openEndNs) {
      for (uint32_t message = 0; message < openBurst; message++) publish(dueNs);
      if (dueNs >= openBeginNs) openMessages += openBurst;
      dueNs = openFirstNs + ++openDue * openEveryNs;
    }
    flush();
    if (dueNs < openEndNs) armTimer(dueNs);
    turn(outboxSent == outboxBytes ? 10 : 1);
    now = nowNs();
    if (begunNs == 0 && now >= openBeginNs) begunNs = now, beginMeasuring();
    if (isMeasuring && now >= openEndNs) seconds = (double)(now - begunNs) / 1e9, endMeasuring();
  }
  if (isMeasuring) seconds = (double)(now - begunNs) / 1e9, endMeasuring();
  loop = IDLE;
  uint64_t owed = openMessages * receiverCount;
  sayCommon(seconds);
  printf(",\"messages\":%llu,\"owed\":%llu,\"missing\":%llu", (unsigned long long)openMessages, (unsigned long long)owed,
    (unsigned long long)(owed > openDeliveries ? owed - openDeliveries : 0));
  sayQuantile("p50Ms", 0.5, owed);
  sayQuantile("p99Ms", 0.99, owed);
  say("}");
}

static void obey(const char *line) {
  uint32_t count, burst;
  double rate;
  unsigned long long warmUpMs, ms;
  if (sscanf(line, "closed %u %llu %llu", &count, &warmUpMs, &ms) == 3 && count > 0 && count < AHEAD_MAX) runClosed(count, warmUpMs, ms);
  else if (sscanf(line, "open %lf %u %llu %llu", &rate, &burst, &warmUpMs, &ms) == 4 && rate > 0 && burst > 0) runOpen(rate, burst, warmUpMs, ms);
  else fail("cannot obey: %s", line);
}

static void raiseFileLimit(void) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

static void connectAll(void) {
  uint64_t deadlineNs = nowNs() + CONNECT_MS_MAX * 1000000ull;
  while (readyCount < linkCount) {
    while (begunCount < linkCount && connecting < CONNECTING_MAX) beginConnect(begunCount++);
    turn(10);
    if (nowNs() > deadlineNs) fail("%u of %u sockets were ready after %d s", readyCount, linkCount, CONNECT_MS_MAX / 1000);
  }
  say("{\"event\":\"connected\"}");
}

int main(int count, char **words) {
  if (count != 10) fail("expected 9 words: see the head of wire-client.c");
  options.port = atoi(words[1]);
  options.publisherPort = atoi(words[2]);
  receiverCount = (uint32_t)atoi(words[3]);
  linkCount = receiverCount + (options.port == options.publisherPort ? 0 : 1);
  options.firstNumber = (uint32_t)atoi(words[4]);
  options.path = words[5];
  options.protocol = words[6];
  options.hello = words[7];
  options.ready = words[8];
  options.template = words[9];
  raiseFileLimit();
  links = calloc(linkCount, sizeof *links);
  inbox = malloc(READ_BYTES_MAX);
  poller = epoll_create1(0);
  timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  watch(timer, TIMER_TAG, EPOLLIN, EPOLL_CTL_ADD);
  connectAll();
  watch(STDIN_FILENO, STDIN_TAG, EPOLLIN, EPOLL_CTL_ADD);
  /* One line at a time, as its sender waits for the answer. */
  char line[256];
  for (;;) {
    if (!turn(-1)) continue;
    ssize_t got = read(STDIN_FILENO, line, sizeof line - 1);
    if (got <= 0) return 0;
    line[got] = 0;
    obey(line);
  }
}
