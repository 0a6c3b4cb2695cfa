package judge;

import com.google.gson.JsonObject;
import java.lang.reflect.InvocationTargetException;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.exception.MQClientException;

/** What a client threw, as JSON: the class, the response code where there is one, the message and the cause. */
final class Failures {
    private Failures() {
    }

    static JsonObject describe(Throwable failure) {
        if (failure instanceof InvocationTargetException) {
            return describe(failure.getCause());
        }
        JsonObject json = new JsonObject();
        json.addProperty("type", failure.getClass().getSimpleName());
        json.addProperty("message", String.valueOf(failure.getMessage()));
        if (failure instanceof MQClientException) {
            json.addProperty("code", ((MQClientException) failure).getResponseCode());
        } else if (failure instanceof MQBrokerException) {
            json.addProperty("code", ((MQBrokerException) failure).getResponseCode());
        } else if (failure.getStackTrace().length > 0) {
            json.addProperty("at", failure.getStackTrace()[0].toString());
        }
        if (failure.getCause() != null && failure.getCause() != failure) {
            json.add("cause", describe(failure.getCause()));
        }
        return json;
    }
}
