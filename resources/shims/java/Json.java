package edgewright;

import java.lang.reflect.Array;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** JSON as maps, lists, strings, numbers (Long or Double), booleans and null. */
final class Json {
    private final String text;
    private int at;

    private Json(String text) {
        this.text = text;
    }

    static Object read(String text) {
        Json json = new Json(text);
        Object value = json.value();
        json.space();
        if (json.at != text.length())
            throw new IllegalArgumentException("not JSON at " + json.at);
        return value;
    }

    @SuppressWarnings("unchecked")
    static Map<String, Object> object(String text) {
        return (Map<String, Object>) read(text);
    }

    private void space() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0)
            ++at;
    }

    private boolean take(char wanted) {
        space();
        boolean found = at < text.length() && text.charAt(at) == wanted;
        at += found ? 1 : 0;
        return found;
    }

    private void need(char wanted) {
        if (!take(wanted))
            throw new IllegalArgumentException("not JSON at " + at);
    }

    private Object value() {
        space();
        if (take('{'))
            return members();
        if (take('['))
            return elements();
        if (take('"'))
            return string();
        for (Object[] word : new Object[][] {{"true", true}, {"false", false}, {"null", null}})
            if (text.startsWith((String) word[0], at)) {
                at += ((String) word[0]).length();
                return word[1];
            }
        int begin = at;
        while (at < text.length() && "+-.0123456789eE".indexOf(text.charAt(at)) >= 0)
            ++at;
        String number = text.substring(begin, at);
        try {
            return Long.valueOf(number);
        } catch (NumberFormatException notWhole) {
            return Double.valueOf(number);
        }
    }

    private Map<String, Object> members() {
        Map<String, Object> map = new LinkedHashMap<>();
        if (take('}'))
            return map;
        do {
            need('"');
            String key = string();
            need(':');
            map.put(key, value());
        } while (take(','));
        need('}');
        return map;
    }

    private List<Object> elements() {
        List<Object> list = new ArrayList<>();
        if (take(']'))
            return list;
        do {
            list.add(value());
        } while (take(','));
        need(']');
        return list;
    }

    private String string() {
        StringBuilder out = new StringBuilder();
        for (char c = text.charAt(at++); c != '"'; c = text.charAt(at++)) {
            if (c != '\\') {
                out.append(c);
                continue;
            }
            char escaped = text.charAt(at++);
            int known = "bfnrt".indexOf(escaped);
            if (escaped == 'u') {
                out.append((char) Integer.parseInt(text.substring(at, at + 4), 16));
                at += 4;
            } else {
                out.append(known < 0 ? escaped : "\b\f\n\r\t".charAt(known));
            }
        }
        return out.toString();
    }

    static String write(Object value) {
        StringBuilder out = new StringBuilder();
        write(value, out);
        return out.toString();
    }

    private static void write(Object value, StringBuilder out) {
        if (value == null || value instanceof Boolean) {
            out.append(value);
        } else if (value instanceof Number number) {
            if (Double.isNaN(number.doubleValue()) || Double.isInfinite(number.doubleValue()))
                throw new IllegalArgumentException(value + " is no JSON");
            out.append(value);
        } else if (value instanceof Map<?, ?> map) {
            writeMap(map, out);
        } else if (value instanceof Iterable<?> list) {
            char before = '[';
            for (Object each : list) {
                out.append(before);
                write(each, out);
                before = ',';
            }
            out.append(before == '[' ? "[]" : "]");
        } else if (value.getClass().isArray()) {
            List<Object> list = new ArrayList<>();
            for (int i = 0; i < Array.getLength(value); ++i)
                list.add(Array.get(value, i));
            write(list, out);
        } else if (value instanceof Record record) {
            writeMap(componentsOf(record), out);
        } else if (value instanceof CharSequence || value instanceof Character || value instanceof Enum) {
            quote(value.toString(), out);
        } else {
            throw new IllegalArgumentException("a result of " + value.getClass().getName() + " is no JSON");
        }
    }

    private static void writeMap(Map<?, ?> map, StringBuilder out) {
        char before = '{';
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            out.append(before);
            quote(String.valueOf(entry.getKey()), out);
            out.append(':');
            write(entry.getValue(), out);
            before = ',';
        }
        out.append(before == '{' ? "{}" : "}");
    }

    private static Map<String, Object> componentsOf(Record record) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (RecordComponent component : record.getClass().getRecordComponents())
            try {
                component.getAccessor().setAccessible(true);
                map.put(component.getName(), component.getAccessor().invoke(record));
            } catch (ReflectiveOperationException closed) {
                throw new IllegalArgumentException(closed);
            }
        return map;
    }

    private static void quote(String text, StringBuilder out) {
        out.append('"');
        for (int i = 0; i < text.length(); ++i) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\')
                out.append('\\').append(c);
            else if (c < ' ' || Character.isSurrogate(c))
                out.append(String.format("\\u%04x", (int) c));
            else
                out.append(c);
        }
        out.append('"');
    }
}
