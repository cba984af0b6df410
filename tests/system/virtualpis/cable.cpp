// cable A B   a network cable: two TAP interfaces of these names, and everything that goes in at
// one comes out at the other. A line on standard input says how, and replaces the line before:
//
//   delay=MS jitter=MS loss=PERCENT rate=MBIT     each way; what is not named is none
//
// Frames keep their order. Ends with its standard input. For kernels without sch_netem.

#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <deque>
#include <random>
#include <sstream>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::nanoseconds;

constexpr std::size_t queueLimit = 4000;
constexpr std::size_t largestFrame = 65'600;
constexpr int framesAtOnce = 64;

struct Shape {
    nanoseconds delay{}, jitter{};
    double loss = 0; ///< 0…1
    double bitsPerSecond = 0;
};

/// "delay=10 loss=1"; words that are not known are passed over.
Shape shapeFrom(const std::string &line)
{
    Shape shape;
    std::istringstream words(line);
    for (std::string word; words >> word;) {
        const std::size_t equals = word.find('=');
        if (equals == std::string::npos)
            continue;
        const double value = std::strtod(word.c_str() + equals + 1, nullptr);
        const std::string key = word.substr(0, equals);
        if (key == "delay")
            shape.delay = nanoseconds(long(value * 1e6));
        else if (key == "jitter")
            shape.jitter = nanoseconds(long(value * 1e6));
        else if (key == "loss")
            shape.loss = value / 100;
        else if (key == "rate")
            shape.bitsPerSecond = value * 1e6;
    }
    return shape;
}

int openTap(const char *name)
{
    const int fd = ::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ifreq request{};
    request.ifr_flags = IFF_TAP | IFF_NO_PI;
    std::snprintf(request.ifr_name, IFNAMSIZ, "%s", name);
    return ::ioctl(fd, TUNSETIFF, &request) == 0 ? fd : -1;
}

/// One way through the cable.
class Way
{
public:
    Way(int from, int to) : m_from(from), m_to(to) {}

    [[nodiscard]] int from() const { return m_from; }

    /// Takes what waits. False: the interface is gone.
    bool take(const Shape &shape)
    {
        static std::array<char, largestFrame> buffer;
        for (int i = 0; i < framesAtOnce; ++i) {
            const ssize_t size = ::read(m_from, buffer.data(), buffer.size());
            if (size < 0 && errno == EBADFD)
                return false;
            if (size <= 0)
                return true;
            if (m_unit(m_random) < shape.loss || m_queue.size() >= queueLimit)
                continue;
            queue({buffer.data(), std::size_t(size)}, shape);
        }
        return true;
    }

    /// Lets out what is due.
    void release()
    {
        const Clock::time_point now = Clock::now();
        while (!m_queue.empty() && m_queue.front().due <= now) {
            const std::string &bytes = m_queue.front().bytes;
            // An interface that is down takes nothing: the frame is lost, as on a cable.
            [[maybe_unused]] const ssize_t size = ::write(m_to, bytes.data(), bytes.size());
            m_queue.pop_front();
        }
    }

    [[nodiscard]] Clock::time_point nextDue() const
    {
        return m_queue.empty() ? Clock::time_point::max() : m_queue.front().due;
    }

private:
    struct Frame {
        Clock::time_point due;
        std::string bytes;
    };

    void queue(std::string bytes, const Shape &shape)
    {
        const Clock::time_point now = Clock::now();
        Clock::time_point due = now;
        if (shape.bitsPerSecond > 0) {
            const double seconds = 8 * double(bytes.size()) / shape.bitsPerSecond;
            m_lineFree = std::max(m_lineFree, now) + nanoseconds(long(seconds * 1e9));
            due = m_lineFree;
        }
        const double wobble = 2 * m_unit(m_random) - 1;
        due += shape.delay + nanoseconds(long(double(shape.jitter.count()) * wobble));
        m_last = std::max({due, now, m_last});
        m_queue.push_back({m_last, std::move(bytes)});
    }

    int m_from, m_to;
    std::deque<Frame> m_queue;
    Clock::time_point m_last{}, m_lineFree{};
    std::mt19937 m_random{12345}; ///< A fixed seed: every run loses the same frames.
    std::uniform_real_distribution<double> m_unit{0, 1};
};

/// How long ppoll() may wait; zero when something is due.
timespec timeUntil(Clock::time_point due)
{
    const nanoseconds left = std::max(nanoseconds(0), nanoseconds(due - Clock::now()));
    return {time_t(left.count() / 1'000'000'000), long(left.count() % 1'000'000'000)};
}

} // namespace

int main(int count, char **arguments)
{
    if (count != 3) {
        std::fprintf(stderr, "usage: cable A B\n");
        return 2;
    }
    const int a = openTap(arguments[1]);
    const int b = openTap(arguments[2]);
    if (a < 0 || b < 0) {
        std::perror("cable: /dev/net/tun");
        return 1;
    }
    ::prctl(PR_SET_TIMERSLACK,
            1UL); // the default of 50 us is a third of a short cable's round trip
    Shape shape;
    std::array<Way, 2> ways{Way(a, b), Way(b, a)};
    for (;;) {
        pollfd fds[] = {{a, POLLIN, 0}, {b, POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
        const Clock::time_point due = std::min(ways[0].nextDue(), ways[1].nextDue());
        const timespec left = timeUntil(due);
        if (::ppoll(fds, 3, due == Clock::time_point::max() ? nullptr : &left, nullptr) < 0 &&
            errno != EINTR)
            return 1;
        if (fds[2].revents != 0) {
            char line[256];
            const ssize_t size = ::read(STDIN_FILENO, line, sizeof line);
            if (size <= 0)
                return 0;
            shape = shapeFrom(std::string(line, std::size_t(size)));
        }
        for (std::size_t i = 0; i < ways.size(); ++i) {
            if ((fds[i].revents & (POLLIN | POLLERR)) != 0 && !ways[i].take(shape))
                return 0;
            ways[i].release();
        }
    }
}
