package judge;

import com.google.gson.ExclusionStrategy;
import com.google.gson.FieldAttributes;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonSerializer;
import java.util.Map;
import java.util.Random;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/** JSON of what the clients take and give; maps whose keys are objects become lists of pairs. */
final class Json {
    private static final Gson GSON = new GsonBuilder()
        .enableComplexMapKeySerialization()
        .disableHtmlEscaping()
        .setExclusionStrategies(new WithoutMachinery())
        .registerTypeHierarchyAdapter(MessageExt.class,
            (JsonSerializer<MessageExt>) (message, type, context) -> Messages.describe(message))
        .registerTypeHierarchyAdapter(SendResult.class,
            (JsonSerializer<SendResult>) (result, type, context) -> describe(result))
        .registerTypeHierarchyAdapter(MessageQueue.class,
            (JsonSerializer<MessageQueue>) (queue, type, context) -> describe(queue))
        .create();

    /** Some bodies of the protocol carry a random generator, which is closed to reflection and says nothing. */
    private static final class WithoutMachinery implements ExclusionStrategy {
        @Override
        public boolean shouldSkipField(FieldAttributes field) {
            return false;
        }

        @Override
        public boolean shouldSkipClass(Class<?> type) {
            return type == Random.class;
        }
    }

    private Json() {
    }

    static JsonObject parse(String text) {
        return JsonParser.parseString(text).getAsJsonObject();
    }

    static JsonElement of(Object value) {
        return GSON.toJsonTree(value);
    }

    static <T> T as(JsonElement value, java.lang.reflect.Type type) {
        return GSON.fromJson(value, type);
    }

    static JsonObject object(String name, JsonElement value) {
        JsonObject object = new JsonObject();
        object.add(name, value);
        return object;
    }

    static String text(JsonObject from, String name, String otherwise) {
        return from.has(name) && !from.get(name).isJsonNull() ? from.get(name).getAsString() : otherwise;
    }

    static int number(JsonObject from, String name, int otherwise) {
        return from.has(name) && !from.get(name).isJsonNull() ? from.get(name).getAsInt() : otherwise;
    }

    static boolean flag(JsonObject from, String name) {
        return from.has(name) && from.get(name).getAsBoolean();
    }

    static Map<String, JsonElement> entries(JsonObject from, String name) {
        Map<String, JsonElement> entries = new java.util.LinkedHashMap<>();
        if (from.has(name)) {
            from.getAsJsonObject(name).entrySet().forEach(e -> entries.put(e.getKey(), e.getValue()));
        }
        return entries;
    }

    /** Only 5.x results have one. */
    private static void recallHandle(SendResult result, JsonObject json) {
        try {
            json.addProperty("recallHandle", (String) SendResult.class.getMethod("getRecallHandle").invoke(result));
        } catch (NoSuchMethodException e) {
            return;
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static JsonObject describe(SendResult result) {
        JsonObject json = new JsonObject();
        json.addProperty("status", result.getSendStatus().name());
        json.addProperty("msgId", result.getMsgId());
        json.addProperty("offsetMsgId", result.getOffsetMsgId());
        json.addProperty("queueOffset", result.getQueueOffset());
        json.addProperty("regionId", result.getRegionId());
        json.addProperty("traceOn", result.isTraceOn());
        recallHandle(result, json);
        if (result.getMessageQueue() != null) {
            json.addProperty("topic", result.getMessageQueue().getTopic());
            json.addProperty("brokerName", result.getMessageQueue().getBrokerName());
            json.addProperty("queueId", result.getMessageQueue().getQueueId());
        }
        return json;
    }

    private static JsonObject describe(MessageQueue queue) {
        JsonObject json = new JsonObject();
        json.addProperty("topic", queue.getTopic());
        json.addProperty("brokerName", queue.getBrokerName());
        json.addProperty("queueId", queue.getQueueId());
        return json;
    }
}
