// Serves one Java function over the socket at descriptor 3. Frames are four bytes of length, most
// significant first, and JSON; a message with "body" is followed by a frame that holds a value of
// the user's. Standard output belongs to the function.
package edgewright;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

public final class Worker {
    private final DataInputStream in;
    private final DataOutputStream out;
    private Map<String, Object> load;
    private Object instance;
    private Method method;

    private Worker() throws ReflectiveOperationException {
        Constructor<FileDescriptor> constructor = FileDescriptor.class.getDeclaredConstructor(int.class);
        constructor.setAccessible(true);
        FileDescriptor channel = constructor.newInstance(3);
        in = new DataInputStream(new FileInputStream(channel));
        out = new DataOutputStream(new FileOutputStream(channel));
    }

    /** The next frame; null when the runtime closed the channel. */
    private String read() throws IOException {
        try {
            byte[] bytes = new byte[in.readInt()];
            in.readFully(bytes);
            return new String(bytes, StandardCharsets.UTF_8);
        } catch (EOFException closed) {
            return null;
        }
    }

    private void write(Map<String, Object> message, byte[] body) throws IOException {
        if (body != null)
            message.put("body", true);
        byte[] head = Json.write(message).getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream frames = new ByteArrayOutputStream();
        DataOutputStream data = new DataOutputStream(frames);
        data.writeInt(head.length);
        data.write(head);
        if (body != null) {
            data.writeInt(body.length);
            data.write(body);
        }
        out.write(frames.toByteArray());
        out.flush();
    }

    private static long peakKb() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/self/status")))
                if (line.startsWith("VmHWM"))
                    return Long.parseLong(line.replaceAll("\\D", ""));
        } catch (IOException noProc) {
            return 0;
        }
        return 0;
    }

    /** Type, message and stack, the innermost frame last, without what is ours and the platform's. */
    private static Map<String, Object> faultOf(Throwable error) {
        List<Object> stack = new ArrayList<>();
        for (StackTraceElement frame : error.getStackTrace()) {
            if (frame.getClassName().startsWith("edgewright."))
                break;
            if (frame.getModuleName() == null)
                stack.add(0, frame.getFileName() + ":" + frame.getLineNumber() + " in " + frame.getMethodName());
        }
        Map<String, Object> fault = new LinkedHashMap<>();
        boolean memory = error instanceof OutOfMemoryError;
        fault.put("type", memory ? "MemoryError" : error.getClass().getName());
        fault.put("message", error.getMessage() == null ? "" : error.getMessage());
        fault.put("stack", stack);
        return fault;
    }

    /** "package.Class::method". */
    private void findHandler() throws ReflectiveOperationException {
        String[] parts = ((String) load.get("handler")).split("::");
        Class<?> type = Class.forName(parts[0]);
        String name = parts.length > 1 ? parts[1] : "handleRequest";
        for (Method each : type.getDeclaredMethods())
            if (each.getName().equals(name) && !each.isBridge() && each.getParameterCount() <= 3
                    && (method == null || each.getParameterCount() > method.getParameterCount()))
                method = each;
        if (method == null)
            throw new NoSuchMethodException("no method " + name + " in " + parts[0]);
        method.setAccessible(true);
        if (!Modifier.isStatic(method.getModifiers())) {
            Constructor<?> constructor = type.getDeclaredConstructor();
            constructor.setAccessible(true);
            instance = constructor.newInstance();
        }
    }

    /** What AWS Lambda tells of an invocation: the getters of its Context interface by name. */
    private Map<String, Object> contextValues(Map<String, Object> message) {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("awsRequestId", message.get("id"));
        values.put("traceparent", message.get("traceparent"));
        values.put("functionName", load.get("name"));
        values.put("functionVersion", String.valueOf(load.get("version")));
        values.put("invokedFunctionArn", "arn:aws:lambda:local:000000000000:function:" + load.get("name"));
        values.put("memoryLimitInMB", ((Number) load.get("memory_mb")).intValue());
        values.put("logGroupName", "/edgewright/" + load.get("name"));
        values.put("logStreamName", load.get("bundle"));
        return values;
    }

    /** A context of whatever interface the handler takes. */
    private Object contextFor(Class<?> type, Map<String, Object> message) {
        Map<String, Object> values = contextValues(message);
        if (!type.isInterface() || type == Map.class)
            return values;
        long deadline = System.currentTimeMillis() + ((Number) message.get("timeout_ms")).longValue();
        return Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, called, arguments) -> {
            String name = called.getName();
            if (name.equals("getRemainingTimeInMillis"))
                return (int) Math.max(0, deadline - System.currentTimeMillis());
            if (name.equals("getLogger"))
                return loggerFor(called.getReturnType());
            if (name.startsWith("get") && name.length() > 3)
                return values.get(Character.toLowerCase(name.charAt(3)) + name.substring(4));
            return name.equals("toString") ? values.toString() : null;
        });
    }

    private static Object loggerFor(Class<?> type) {
        return Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, called, arguments) -> {
            if (called.getName().equals("log") && arguments != null)
                System.out.println(arguments[0] instanceof byte[] bytes
                        ? new String(bytes, StandardCharsets.UTF_8) : String.valueOf(arguments[0]).stripTrailing());
            return null;
        });
    }

    private static Object converted(Object value, Class<?> type, String text) {
        if (value instanceof Number number) {
            if (type == int.class || type == Integer.class)
                return number.intValue();
            if (type == long.class || type == Long.class)
                return number.longValue();
            if (type == double.class || type == Double.class)
                return number.doubleValue();
        }
        return type == String.class && !(value instanceof String) ? text : value;
    }

    private byte[] call(Map<String, Object> message, String event) throws Throwable {
        Class<?>[] types = method.getParameterTypes();
        Object[] arguments = new Object[types.length];
        ByteArrayOutputStream stream = null;
        int next = 0;
        if (types.length > 1 && types[0] == InputStream.class && types[1] == OutputStream.class) {
            stream = new ByteArrayOutputStream();
            arguments[next++] = new ByteArrayInputStream(event.getBytes(StandardCharsets.UTF_8));
            arguments[next++] = stream;
        } else if (types.length > 0) {
            arguments[next++] = converted(Json.read(event), types[0], event);
        }
        if (next < types.length)
            arguments[next] = contextFor(types[next], message);
        try {
            Object value = method.invoke(instance, arguments);
            if (stream != null)
                return stream.size() > 0 ? stream.toByteArray() : "null".getBytes(StandardCharsets.UTF_8);
            return Json.write(value).getBytes(StandardCharsets.UTF_8);
        } catch (InvocationTargetException thrown) {
            throw thrown.getCause();
        }
    }

    private boolean start() throws IOException {
        long began = System.nanoTime();
        Map<String, Object> answer = new LinkedHashMap<>();
        try {
            if (load.get("debug") != null) {
                answer.put("t", "no_debugger");
                answer.put("message", "Java functions cannot be debugged yet");
            } else {
                findHandler();
                answer.put("t", "loaded");
                answer.put("ms", (System.nanoTime() - began) / 1e6);
                answer.put("memory_kb", peakKb());
            }
        } catch (Throwable error) {
            answer.put("t", "init_failed");
            answer.put("fault", faultOf(error instanceof InvocationTargetException
                    || error instanceof ExceptionInInitializerError ? error.getCause() : error));
        }
        write(answer, null);
        return "loaded".equals(answer.get("t"));
    }

    private void invoke(Map<String, Object> message, String event) throws IOException {
        long began = System.nanoTime();
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("id", message.get("id"));
        byte[] body = null;
        try {
            body = call(message, event);
            answer.put("t", "result");
        } catch (Throwable error) {
            answer.put("t", "error");
            answer.put("fault", faultOf(error));
        }
        answer.put("ms", (System.nanoTime() - began) / 1e6);
        answer.put("memory_kb", peakKb());
        System.out.flush();
        write(answer, body);
    }

    private void serve() throws IOException {
        String first = read();
        if (first == null)
            return;
        load = Json.object(first);
        if (!start())
            return;
        for (String frame = read(); frame != null; frame = read()) {
            String event = read();
            if (event == null)
                return;
            invoke(Json.object(frame), event);
        }
    }

    public static void main(String[] arguments) throws Exception {
        new Worker().serve();
        System.exit(0); // whatever threads the function left
    }
}
