#pragma once

namespace app {

/// How a target is, as a mark and a word show it.
enum class TargetState { On, Half, Off, Attention };

} // namespace app
