#pragma once

namespace app {

class CommandList;

/// "group add", "group remove" and "group list" below \a list.
void addDeviceGroupCommands(CommandList &list);

} // namespace app
