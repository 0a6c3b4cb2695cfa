package judge;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonParseException;
import java.lang.reflect.Method;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.Comparator;

/**
 * Calls any public method of a client object by name with arguments given as JSON. Every overload with that number of
 * parameters is tried until the arguments fit, so that one source serves all client versions.
 */
final class Calls {
    private Calls() {
    }

    static JsonElement call(Object target, String name, JsonArray arguments) throws Exception {
        return call(target.getClass(), target, name, arguments);
    }

    /** Calls a public static method. */
    static JsonElement callStatic(String type, String name, JsonArray arguments) throws Exception {
        return call(Class.forName(type), null, name, arguments);
    }

    private static JsonElement call(Class<?> type, Object target, String name, JsonArray arguments) throws Exception {
        Method[] candidates = Arrays.stream(type.getMethods())
            .filter(method -> method.getName().equals(name) && method.getParameterCount() == arguments.size())
            .sorted(Comparator.comparing(Method::toString))
            .toArray(Method[]::new);
        RuntimeException misfit = null;
        for (Method method : candidates) {
            Object[] values;
            try {
                values = convert(method.getGenericParameterTypes(), arguments);
            } catch (RuntimeException doesNotFit) {
                misfit = doesNotFit;
                continue;
            }
            return Json.of(method.invoke(target, values));
        }
        throw new IllegalArgumentException(type.getSimpleName() + " has no " + name + " for "
            + arguments, misfit);
    }

    private static Object[] convert(Type[] types, JsonArray arguments) {
        Object[] values = new Object[types.length];
        for (int i = 0; i < types.length; i++) {
            JsonElement given = arguments.get(i);
            values[i] = convert(types[i], given);
        }
        return values;
    }

    private static Object convert(Type type, JsonElement given) {
        boolean text = given.isJsonPrimitive() && given.getAsJsonPrimitive().isString();
        boolean number = given.isJsonPrimitive() && given.getAsJsonPrimitive().isNumber();
        if (type == String.class && !text && !given.isJsonNull()) {
            throw new JsonParseException("a string is wanted, not " + given);
        }
        if (type instanceof Class<?> && ((Class<?>) type).isPrimitive() && type != boolean.class && !number) {
            throw new JsonParseException("a number is wanted, not " + given);
        }
        if (type == boolean.class && (text || number)) {
            throw new JsonParseException("a boolean is wanted, not " + given);
        }
        return Json.as(given, type);
    }
}
