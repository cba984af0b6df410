#pragma once

namespace runtime {

/// One visitor for std::visit out of a lambda for each alternative.
template<class... Ts> struct Overloaded : Ts... {
    using Ts::operator()...;
};
template<class... Ts> Overloaded(Ts...) -> Overloaded<Ts...>; // clang 14 does not deduce it

} // namespace runtime
