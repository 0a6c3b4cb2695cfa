package judge;

import com.google.gson.JsonObject;
import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendCallback;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;

/**
 * One client under load for the benchmark, with a job given as JSON: sends or consumes a number of messages to get
 * warm, then as many as are measured, and prints time and processor time of the latter.
 */
public final class Load {
    private static final OperatingSystemMXBean SYSTEM =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    private Load() {
    }

    public static void main(String[] args) throws Exception {
        JsonObject job = Json.parse(args[0]);
        if (Json.text(job, "kind", "send").equals("send")) {
            send(job);
        } else {
            consume(job);
        }
        System.exit(0);
    }

    private static void send(JsonObject job) throws Exception {
        DefaultMQProducer producer = new DefaultMQProducer("load");
        producer.setNamesrvAddr(Json.text(job, "namesrv", null));
        producer.setSendMsgTimeout(30_000);
        producer.setCompressMsgBodyOverHowmuch(Integer.MAX_VALUE);
        producer.start();
        send(producer, job, Json.number(job, "warmUp", 0));
        Meter meter = new Meter();
        int count = Json.number(job, "count", 0);
        send(producer, job, count);
        meter.print(count);
    }

    private static void send(DefaultMQProducer producer, JsonObject job, int count) throws Exception {
        String topic = Json.text(job, "topic", null);
        byte[] body = new byte[Json.number(job, "size", 1024)];
        int inFlight = Json.number(job, "inFlight", 1);
        if (inFlight == 1) {
            for (int i = 0; i < count; i++) {
                producer.send(new Message(topic, body));
            }
            return;
        }
        Semaphore slots = new Semaphore(inFlight);
        SendCallback done = new SendCallback() {
            @Override
            public void onSuccess(SendResult result) {
                slots.release();
            }

            @Override
            public void onException(Throwable failure) {
                failure.printStackTrace();
                Runtime.getRuntime().halt(1);
            }
        };
        for (int i = 0; i < count; i++) {
            slots.acquire();
            producer.send(new Message(topic, body), done);
        }
        slots.acquire(inFlight);
    }

    private static void consume(JsonObject job) throws Exception {
        int warmUp = Json.number(job, "warmUp", 0);
        int count = Json.number(job, "count", 0);
        AtomicInteger received = new AtomicInteger();
        Meter[] meter = new Meter[1];
        CountDownLatch done = new CountDownLatch(1);
        DefaultMQPushConsumer consumer = new DefaultMQPushConsumer(Json.text(job, "group", "load"));
        consumer.setNamesrvAddr(Json.text(job, "namesrv", null));
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.subscribe(Json.text(job, "topic", null), "*");
        consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
            int now = received.addAndGet(messages.size());
            if (now >= warmUp && now - messages.size() < warmUp) {
                meter[0] = new Meter();
            }
            if (now == warmUp + count) {
                done.countDown();
            }
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        consumer.start();
        done.await();
        meter[0].print(count);
    }

    /** Time and processor time of this process from now on. */
    private static final class Meter {
        private final long startNs = System.nanoTime();
        private final long cpuNs = SYSTEM.getProcessCpuTime();

        void print(int count) {
            JsonObject result = new JsonObject();
            result.addProperty("messages", count);
            result.addProperty("seconds", (System.nanoTime() - startNs) / 1e9);
            result.addProperty("cpuUs", (SYSTEM.getProcessCpuTime() - cpuNs) / 1000);
            System.out.println("@@" + result);
            System.out.flush();
        }
    }
}
