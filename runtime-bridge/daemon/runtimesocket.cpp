#include "runtime-bridge/daemon/runtimesocket.h"

#include "runtime-bridge/base/statefolder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace runtime {

Descriptor connectToRuntime(const std::filesystem::path &folder)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = runtimeSocket(folder).string();
    if (path.size() >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return {};
    }
    std::memcpy(address.sun_path, path.data(), path.size());
    Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::connect(socket.get(), reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0)
        return socket;
    const int why = errno;
    socket.close();
    errno = why;
    return {};
}

Descriptor tryLock(const std::filesystem::path &folder)
{
    Descriptor lock(::open((folder / "runtime.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (lock.isOpen() && ::flock(lock.get(), LOCK_EX | LOCK_NB) != 0)
        lock.close();
    return lock;
}

} // namespace runtime
