#include "runtime-bridge/protocol/boundedjson.h"

#include <nlohmann/json.hpp>

namespace runtime {

using nlohmann::json;

namespace {

/// \a Sink with a bound to its depth.
template<typename Sink> class Bounded final : public Sink
{
public:
    using Sink::Sink;

    bool start_object(std::size_t size)
    {
        return ++m_depth <= deepestJson && Sink::start_object(size);
    }
    bool start_array(std::size_t size)
    {
        return ++m_depth <= deepestJson && Sink::start_array(size);
    }
    bool end_object()
    {
        --m_depth;
        return Sink::end_object();
    }
    bool end_array()
    {
        --m_depth;
        return Sink::end_array();
    }

private:
    int m_depth = 0;
};

json read(std::string_view bytes, json::input_format_t format)
{
    json value;
    Bounded<nlohmann::detail::json_sax_dom_parser<json>> sink(value, false);
    try {
        if (json::sax_parse(bytes.begin(), bytes.end(), &sink, format))
            return value;
    } catch (const json::exception &) { // a size that no container can have
    }
    return json(json::value_t::discarded);
}

} // namespace

json readJson(std::string_view text)
{
    return read(text, json::input_format_t::json);
}

json readCbor(std::string_view bytes)
{
    return read(bytes, json::input_format_t::cbor);
}

bool isJson(std::string_view text)
{
    Bounded<nlohmann::detail::json_sax_acceptor<json>> sink;
    return json::sax_parse(text.begin(), text.end(), &sink);
}

} // namespace runtime
