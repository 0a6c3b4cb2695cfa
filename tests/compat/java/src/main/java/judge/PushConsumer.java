package judge;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.utils.MessageUtil;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageExt;

/** A push consumer that keeps every delivery in order of arrival, and that can be told to fail the first ones. */
final class PushConsumer {
    private static final int HEARTBEAT_MS = 1000;
    /** A message is known here before its listener has returned: without a wait the client may leave it uncommitted. */
    private static final int STOP_MS = 1000;

    final DefaultMQPushConsumer client;
    private final int failFirst;
    /** How long the handling of a message takes. */
    private final int handleMs;
    /** Answers requests, if this consumer was told to. */
    private final DefaultMQProducer replier;
    private final Map<String, Integer> attempts = new ConcurrentHashMap<>();
    private final List<JsonObject> deliveries = new ArrayList<>();

    PushConsumer(JsonObject with) throws Exception {
        client = new DefaultMQPushConsumer(Json.text(with, "group", null));
        failFirst = Json.number(with, "failFirst", 0);
        handleMs = Json.number(with, "handleMs", 0);
        client.setNamesrvAddr(Json.text(with, "namesrv", null));
        client.setInstanceName(Json.text(with, "instance", "judge"));
        // A heartbeat that meets another one is dropped, and the broker refuses pulls until the next: do not wait 30 s.
        client.setHeartbeatBrokerInterval(HEARTBEAT_MS);
        client.setPollNameServerInterval(Json.number(with, "pollRoutesMs", client.getPollNameServerInterval()));
        client.setAwaitTerminationMillisWhenShutdown(STOP_MS);
        client.setVipChannelEnabled(Json.flag(with, "vip"));
        client.setConsumeThreadMin(Json.number(with, "threads", 4));
        client.setConsumeThreadMax(Json.number(with, "threads", 4));
        client.setConsumeMessageBatchMaxSize(Json.number(with, "consumeBatch", 1));
        client.setPullBatchSize(Json.number(with, "pullBatch", 32));
        client.setMaxReconsumeTimes(Json.number(with, "maxReconsumeTimes", -1));
        client.setSuspendCurrentQueueTimeMillis(Json.number(with, "suspendMs", 200));
        client.setConsumeFromWhere(ConsumeFromWhere.valueOf(Json.text(with, "from", "CONSUME_FROM_FIRST_OFFSET")));
        if (with.has("timestamp")) {
            client.setConsumeTimestamp(with.get("timestamp").getAsString());
        }
        if (with.has("strategy")) {
            client.setAllocateMessageQueueStrategy(Allocations.of(with));
        }
        replier = Json.flag(with, "reply") ? Producers.start(with) : null;
        if (Json.flag(with, "broadcast")) {
            setModel("BROADCASTING");
        }
        for (Map.Entry<String, JsonElement> topic : Json.entries(with, "subscribe").entrySet()) {
            client.subscribe(topic.getKey(), topic.getValue().getAsString());
        }
        if (Json.flag(with, "orderly")) {
            client.registerMessageListener((MessageListenerOrderly) (messages, context) ->
                accept(messages) ? ConsumeOrderlyStatus.SUCCESS
                    : ConsumeOrderlyStatus.SUSPEND_CURRENT_QUEUE_A_MOMENT);
        } else {
            client.registerMessageListener((MessageListenerConcurrently) (messages, context) ->
                accept(messages) ? ConsumeConcurrentlyStatus.CONSUME_SUCCESS
                    : ConsumeConcurrentlyStatus.RECONSUME_LATER);
        }
        client.start();
    }

    /** MessageModel moved to another package in 5.0, so it is found through the setter. */
    @SuppressWarnings({"unchecked", "rawtypes"})
    private void setModel(String name) throws Exception {
        for (java.lang.reflect.Method method : client.getClass().getMethods()) {
            if (method.getName().equals("setMessageModel")) {
                method.invoke(client, Enum.valueOf((Class<Enum>) method.getParameterTypes()[0], name));
            }
        }
    }

    private boolean accept(List<MessageExt> messages) {
        if (handleMs > 0) {
            pause();
        }
        boolean good = true;
        List<JsonObject> arrived = new ArrayList<>();
        for (MessageExt message : messages) {
            int attempt = attempts.merge(message.getMsgId(), 1, Integer::sum);
            JsonObject json = Messages.describe(message);
            json.addProperty("attempt", attempt);
            json.addProperty("together", messages.size());
            arrived.add(json);
            good &= attempt > failFirst;
            if (replier != null) {
                reply(message);
            }
        }
        synchronized (deliveries) {
            deliveries.addAll(arrived);
            deliveries.notifyAll();
        }
        return good;
    }

    private void pause() {
        try {
            Thread.sleep(handleMs);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    /** Answers with the body of the request and a few letters before it. */
    private void reply(MessageExt request) {
        try {
            byte[] body = ("re: " + new String(request.getBody(), StandardCharsets.UTF_8)).getBytes(StandardCharsets.UTF_8);
            replier.send(MessageUtil.createReplyMessage(request, body));
        } catch (Exception failure) {
            throw new IllegalStateException(failure);
        }
    }

    /** Waits until there are so many deliveries, or the time is over, and gives all there have been so far. */
    JsonArray await(int count, long timeoutMs) throws InterruptedException {
        long end = System.nanoTime() + timeoutMs * 1_000_000;
        synchronized (deliveries) {
            while (deliveries.size() < count) {
                long leftMs = (end - System.nanoTime()) / 1_000_000;
                if (leftMs <= 0) {
                    break;
                }
                deliveries.wait(leftMs);
            }
            JsonArray all = new JsonArray();
            deliveries.forEach(all::add);
            return all;
        }
    }

    /** The queues that this consumer holds at the moment. */
    JsonElement queues() {
        return Json.of(new ArrayList<>(client.getDefaultMQPushConsumerImpl().getRebalanceImpl()
            .getProcessQueueTable().keySet()));
    }
}
