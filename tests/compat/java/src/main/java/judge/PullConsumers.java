package judge;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.Map;
import org.apache.rocketmq.client.consumer.DefaultLitePullConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;

/** Starts the two kinds of consumers that fetch when they are asked; all else goes through {@link Calls}. */
final class PullConsumers {
    private static final int HEARTBEAT_MS = 1000;

    private PullConsumers() {
    }

    @SuppressWarnings("deprecation")
    static DefaultMQPullConsumer pull(JsonObject with) throws Exception {
        DefaultMQPullConsumer consumer = new DefaultMQPullConsumer(Json.text(with, "group", null));
        consumer.setNamesrvAddr(Json.text(with, "namesrv", null));
        consumer.setInstanceName(Json.text(with, "instance", "judge"));
        for (Map.Entry<String, JsonElement> topic : Json.entries(with, "subscribe").entrySet()) {
            consumer.registerMessageQueueListener(topic.getKey(), null);
        }
        consumer.start();
        return consumer;
    }

    static DefaultLitePullConsumer lite(JsonObject with) throws Exception {
        DefaultLitePullConsumer consumer = new DefaultLitePullConsumer(Json.text(with, "group", null));
        consumer.setNamesrvAddr(Json.text(with, "namesrv", null));
        consumer.setInstanceName(Json.text(with, "instance", "judge"));
        consumer.setHeartbeatBrokerInterval(HEARTBEAT_MS);
        consumer.setVipChannelEnabled(Json.flag(with, "vip"));
        consumer.setAutoCommit(Json.flag(with, "autoCommit"));
        consumer.setPullBatchSize(Json.number(with, "pullBatch", 10));
        consumer.setConsumeFromWhere(ConsumeFromWhere.valueOf(Json.text(with, "from", "CONSUME_FROM_FIRST_OFFSET")));
        for (Map.Entry<String, JsonElement> topic : Json.entries(with, "subscribe").entrySet()) {
            consumer.subscribe(topic.getKey(), topic.getValue().getAsString());
        }
        consumer.start();
        return consumer;
    }
}
