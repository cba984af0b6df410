#pragma once

#include "device-manager/core/device.h"

#include <QProcess>
#include <QTemporaryDir>

#include <map>

namespace tests {

/// What a command left that was run inside a virtual Pi.
struct PiOutput {
    int exitCode = -1;
    QByteArray text; ///< Standard output and error.
};

/// A bench of virtual Raspberry Pis in namespaces of their own (bench.sh says what each one has),
/// which ends with this object and with the process, however that ends. Several may run on one
/// machine. Calls wait for the bench; false: it says on standard error why not.
///
/// Needs root, namespaces, TAP interfaces and loop devices. Packages: avahi-daemon, openssh-server,
/// openssh-client, iproute2, e2fsprogs, openssl.
class VirtualPis final
{
public:
    VirtualPis();
    ~VirtualPis();
    VirtualPis(const VirtualPis &) = delete;
    VirtualPis &operator=(const VirtualPis &) = delete;

    /// Not empty: this machine cannot have one.
    [[nodiscard]] const QByteArray &whyNot() const { return m_whyNot; }

    /// Moves the calling thread to the developer's computer, 10.77.0.253 and 10.78.0.253; threads
    /// and programs that it starts from then on are there too. There is no way back.
    [[nodiscard]] bool enter() const;

    /// Pi \a pi (1 to 99), off. \a words: "stock" publishes no service over mDNS, as Raspberry Pi
    /// OS does; "lan=2" is on the second network; "cpu=10" has a tenth of a processor.
    [[nodiscard]] bool add(int pi, const QByteArray &words = {});
    [[nodiscard]] bool powerOn(int pi); ///< Does not wait until it has booted.
    /// Pulls the plug: what its disk had not been told to keep may be gone.
    [[nodiscard]] bool powerOff(int pi);
    [[nodiscard]] bool waitReady(int pi); ///< Until its SSH server answers; half a minute at most.
    /// add(), powerOn() and waitReady().
    [[nodiscard]] bool boot(int pi, const QByteArray &words = {});
    [[nodiscard]] bool plug(int pi, bool in); ///< Its network cable.
    /// "delay=10 jitter=2 loss=1 rate=50": ms one way, ms, percent, Mbit/s. Empty: none of them.
    [[nodiscard]] bool shape(int pi, const QByteArray &words);
    /// Runs \a command by a shell of the Pi's root.
    [[nodiscard]] PiOutput run(int pi, const QByteArray &command);
    /// Has the shell script \a script as the Pi's server on port 22 from now on, and waits for it.
    /// It must not return while it serves.
    [[nodiscard]] bool serve(int pi, const QByteArray &script);
    /// Writes \a lines before the rest of the configuration of the Pi's OpenSSH server, and
    /// starts that.
    [[nodiscard]] bool configureServer(int pi, const QByteArray &lines);

    /// As a user makes it known: reached by its address, with the bench's key.
    [[nodiscard]] device::Device device(int pi) const;
    [[nodiscard]] static QString address(int pi, int lan = 1);
    static constexpr const char *password = "raspberry"; ///< Of the user "pi".

private:
    [[nodiscard]] bool order(const QByteArray &line, QByteArray *answer = nullptr);
    [[nodiscard]] QByteArray missing() const;

    QTemporaryDir m_folder;
    QProcess m_process;
    QByteArray m_whyNot;
    struct Pi {
        int lan = 1;
        QString hostKey;
    };
    std::map<int, Pi> m_pis;
};

} // namespace tests
