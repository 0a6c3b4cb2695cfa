package judge;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendCallback;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.compression.CompressionType;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/** Starts producers and sends through them in every way that the client knows. */
final class Producers {
    private static final int ASYNC_WAIT_SECONDS = 60;

    private Producers() {
    }

    static DefaultMQProducer start(JsonObject with) throws Exception {
        DefaultMQProducer producer = new DefaultMQProducer(Json.text(with, "group", "judge-producer"));
        producer.setNamesrvAddr(Json.text(with, "namesrv", null));
        producer.setInstanceName(Json.text(with, "instance", "judge"));
        producer.setVipChannelEnabled(Json.flag(with, "vip"));
        producer.setSendMsgTimeout(Json.number(with, "sendTimeoutMs", 15000));
        producer.setMaxMessageSize(Json.number(with, "maxMessageSize", producer.getMaxMessageSize()));
        producer.setCompressMsgBodyOverHowmuch(Json.number(with, "compressOver", 4096));
        producer.setRetryTimesWhenSendFailed(Json.number(with, "retries", 2));
        producer.setDefaultTopicQueueNums(Json.number(with, "defaultQueues", 4));
        if (with.has("compression")) {
            compress(producer, CompressionType.of(with.get("compression").getAsString()));
        }
        producer.start();
        return producer;
    }

    /** Only the 5.x producer can be told the compression; 4.9 always uses zlib. */
    private static void compress(DefaultMQProducer producer, CompressionType type) throws Exception {
        producer.getClass().getMethod("setCompressType", CompressionType.class).invoke(producer, type);
    }

    /** Answers with one result or error for each message, or with one for all when they go as a batch. */
    static JsonElement send(DefaultMQProducer producer, JsonObject with) throws Exception {
        List<Message> messages = Messages.parse(with.getAsJsonArray("messages"));
        String mode = Json.text(with, "mode", "sync");
        MessageQueue queue = with.has("queue") ? Json.as(with.get("queue"), MessageQueue.class) : null;
        JsonArray results = new JsonArray();
        if (mode.equals("batch")) {
            results.add(attempt(() -> queue == null ? producer.send(messages) : producer.send(messages, queue)));
        } else if (mode.equals("async")) {
            return sendAsync(producer, messages, queue);
        } else {
            JsonArray specs = with.getAsJsonArray("messages");
            for (int i = 0; i < messages.size(); i++) {
                Message message = messages.get(i);
                String shard = Json.text(specs.get(i).getAsJsonObject(), "shard", "0");
                results.add(attempt(() -> sendOne(producer, mode, message, queue, shard)));
            }
        }
        return results;
    }

    /** Sends one message that asks for a reply, and answers with the reply. */
    static JsonElement request(DefaultMQProducer producer, JsonObject with) throws Exception {
        Message request = Messages.parse(with.getAsJsonArray("messages")).get(0);
        return Messages.describe((MessageExt) producer.request(request, with.get("timeoutMs").getAsLong()));
    }

    private static SendResult sendOne(DefaultMQProducer producer, String mode, Message message, MessageQueue queue,
        String shard) throws Exception {
        switch (mode) {
            case "sync":
                return queue == null ? producer.send(message) : producer.send(message, queue);
            case "selector":
                return producer.send(message, (queues, given, key) ->
                    queues.get(Math.floorMod(Integer.parseInt((String) key), queues.size())), shard);
            case "oneway":
                if (queue == null) {
                    producer.sendOneway(message);
                } else {
                    producer.sendOneway(message, queue);
                }
                return null;
            default:
                throw new IllegalArgumentException("unknown mode " + mode);
        }
    }

    private static JsonArray sendAsync(DefaultMQProducer producer, List<Message> messages, MessageQueue queue)
        throws Exception {
        JsonElement[] results = new JsonElement[messages.size()];
        CountDownLatch open = new CountDownLatch(results.length);
        for (int i = 0; i < results.length; i++) {
            SendCallback callback = callback(results, i, open);
            if (queue == null) {
                producer.send(messages.get(i), callback);
            } else {
                producer.send(messages.get(i), queue, callback);
            }
        }
        if (!open.await(ASYNC_WAIT_SECONDS, TimeUnit.SECONDS)) {
            throw new IllegalStateException(open.getCount() + " asynchronous sends were never answered");
        }
        JsonArray all = new JsonArray();
        for (JsonElement result : results) {
            all.add(result);
        }
        return all;
    }

    private static SendCallback callback(JsonElement[] results, int index, CountDownLatch open) {
        return new SendCallback() {
            @Override
            public void onSuccess(SendResult result) {
                results[index] = Json.of(result);
                open.countDown();
            }

            @Override
            public void onException(Throwable failure) {
                results[index] = Json.object("error", Failures.describe(failure));
                open.countDown();
            }
        };
    }

    private interface Attempt {
        SendResult run() throws Exception;
    }

    private static JsonElement attempt(Attempt attempt) {
        try {
            return Json.of(attempt.run());
        } catch (Exception failure) {
            return Json.object("error", Failures.describe(failure));
        }
    }
}
