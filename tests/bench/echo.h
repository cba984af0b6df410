#pragma once

namespace bench {

/// The least that an HTTP server of ours can cost: Boost.Beast on one thread, which sends each body
/// back. Runs until the process is ended.
int echo(int port);

} // namespace bench
