package judge;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

/** Messages from JSON, and what arrived as JSON: a body as its length and SHA-256, as text too when it is short. */
final class Messages {
    private static final int SHORT_BODY = 256;

    private Messages() {
    }

    static List<Message> parse(JsonArray specs) {
        List<Message> messages = new ArrayList<>();
        for (JsonElement spec : specs) {
            messages.add(parse(spec.getAsJsonObject()));
        }
        return messages;
    }

    static Message parse(JsonObject spec) {
        Message message = new Message(Json.text(spec, "topic", null), body(spec));
        if (spec.has("tags")) {
            message.setTags(spec.get("tags").getAsString());
        }
        if (spec.has("keys")) {
            message.setKeys(spec.get("keys").getAsString());
        }
        message.setFlag(Json.number(spec, "flag", 0));
        if (spec.has("delayLevel")) {
            message.setDelayTimeLevel(spec.get("delayLevel").getAsInt());
        }
        time(message, spec, "delaySec", "setDelayTimeSec");
        time(message, spec, "delayMs", "setDelayTimeMs");
        time(message, spec, "deliverAtMs", "setDeliverTimeMs");
        for (Map.Entry<String, JsonElement> property : Json.entries(spec, "properties").entrySet()) {
            message.putUserProperty(property.getKey(), property.getValue().getAsString());
        }
        return message;
    }

    /** Only 5.x messages can be given a time. */
    private static void time(Message message, JsonObject spec, String name, String setter) {
        if (spec.has(name)) {
            try {
                Message.class.getMethod(setter, long.class).invoke(message, spec.get(name).getAsLong());
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(setter, e);
            }
        }
    }

    private static byte[] body(JsonObject spec) {
        if (spec.has("pattern")) {
            JsonObject pattern = spec.getAsJsonObject("pattern");
            return pattern(pattern.get("seed").getAsInt(), pattern.get("size").getAsInt(),
                pattern.get("step").getAsInt());
        }
        return spec.has("body") ? spec.get("body").getAsString().getBytes(StandardCharsets.UTF_8) : null;
    }

    /** The same bytes as support/body.ts makes: an xorshift generator that moves on every step bytes. */
    private static byte[] pattern(int seed, int size, int step) {
        byte[] bytes = new byte[size];
        int x = seed | 1;
        for (int i = 0; i < size; i++) {
            if (i % step == 0) {
                x ^= x << 13;
                x ^= x >>> 17;
                x ^= x << 5;
            }
            bytes[i] = (byte) (x >>> 16);
        }
        return bytes;
    }

    static JsonObject describe(MessageExt message) {
        JsonObject json = new JsonObject();
        json.addProperty("topic", message.getTopic());
        json.addProperty("brokerName", message.getBrokerName());
        json.addProperty("queueId", message.getQueueId());
        json.addProperty("queueOffset", message.getQueueOffset());
        json.addProperty("msgId", message.getMsgId());
        json.addProperty("tags", message.getTags());
        json.addProperty("keys", message.getKeys());
        json.addProperty("flag", message.getFlag());
        json.addProperty("sysFlag", message.getSysFlag());
        json.addProperty("storeSize", message.getStoreSize());
        json.addProperty("bodyCrc", message.getBodyCRC());
        json.addProperty("bornTimestamp", message.getBornTimestamp());
        json.addProperty("storeTimestamp", message.getStoreTimestamp());
        json.addProperty("bornHost", String.valueOf(message.getBornHost()));
        json.addProperty("storeHost", String.valueOf(message.getStoreHost()));
        json.addProperty("commitLogOffset", message.getCommitLogOffset());
        json.addProperty("reconsumeTimes", message.getReconsumeTimes());
        json.add("properties", Json.of(message.getProperties()));
        byte[] body = message.getBody();
        if (body != null) {
            json.addProperty("bodyLength", body.length);
            json.addProperty("bodySha256", sha256(body));
            if (body.length <= SHORT_BODY) {
                json.addProperty("body", new String(body, StandardCharsets.UTF_8));
            }
        }
        return json;
    }

    private static String sha256(byte[] bytes) {
        try {
            StringBuilder hex = new StringBuilder();
            for (byte b : MessageDigest.getInstance("SHA-256").digest(bytes)) {
                hex.append(String.format("%02x", b));
            }
            return hex.toString();
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
